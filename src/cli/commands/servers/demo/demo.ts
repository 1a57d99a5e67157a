import type { ErrorCode } from '../../../../shared/error-codes.ts';
import { isExpected } from '../../../../shared/errors.ts';
import { startSimulator, type Simulator } from '../../../../simulator/index.ts';
import type { CommandContext } from '../../../cli-process.ts';
import type { DemoOptions } from './options.ts';
import { painterDemo } from './painter-demo.ts';
import { tinyDemo } from './tiny-demo.ts';

/**
 * The main job on real HTTP without a GPU: a search on a simulated WebUI, with all its files. On real, if small, checkpoints
 * where these and ONNX Runtime are installed, and on painted landscapes elsewhere.
 * @param start another one only in tests
 */
export async function demoCommand(
  context: CommandContext,
  options: DemoOptions,
  start: typeof startSimulator = startSimulator,
): Promise<number> {
  const simulator = options.world === 'tiny' ? await startTiny(context, start) : undefined;
  if (simulator === undefined) return await painterDemo(context, options);
  try {
    return await tinyDemo(context, simulator, options);
  } finally {
    await simulator.close();
  }
}

/** Undefined, and a warning, without the models or the runtime. */
async function startTiny(
  context: CommandContext,
  start: typeof startSimulator,
): Promise<Simulator | undefined> {
  try {
    return await start({ world: 'tiny', port: 0 });
  } catch (error) {
    if (!isExpected(error) || !NOT_THERE.has(error.code)) throw error;
    context.note(`${error.message}\nUntil then the demo runs on painted landscapes.`);
    return undefined;
  }
}

const NOT_THERE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'onnx-runtime-missing',
  'onnx-runtime-broken',
  'tiny-world-missing',
]);
