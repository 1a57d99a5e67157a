import { randomInt } from 'node:crypto';
import { parseSearchConfig } from '../../../../config/load.ts';
import { runSearch } from '../../../../run/run.ts';
import { counted } from '../../../../shared/counted.ts';
import type { ErrorCode } from '../../../../shared/error-codes.ts';
import { isExpected } from '../../../../shared/errors.ts';
import { startSimulator, type Simulator } from '../../../../simulator/index.ts';
import { EXIT, type CommandContext } from '../../../cli-process.ts';
import { watchRun } from '../../runs/watch.ts';
import type { DemoOptions } from './options.ts';
import { PAINTED_WORLD } from './painted.ts';
import { tinyWorld } from './tiny.ts';
import { FOLDER, ITERATIONS, type DemoWorld } from './world.ts';

/** Few digits, to be typed again. */
const MOST_SEEDS = 1_000_000;

/**
 * The main job on real HTTP without a GPU: what `autombw search` does, with its defaults, on a simulated WebUI. On real, if
 * small, checkpoints where these and ONNX Runtime are installed, and on painted landscapes elsewhere.
 * @param start another one only in tests
 */
export async function demoCommand(
  context: CommandContext,
  options: DemoOptions,
  start: typeof startSimulator = startSimulator,
): Promise<number> {
  const { seed = randomInt(MOST_SEEDS), iterations = ITERATIONS, json = false } = options;
  const { world, simulator } = await open(
    context,
    options.world === 'tiny' ? tinyWorld(seed, start) : PAINTED_WORLD,
  );
  try {
    const config = parseSearchConfig({
      ...world.config(),
      output: 'demo-merge',
      webui: simulator.url,
      iterations,
      seed,
      folder: FOLDER,
    });
    if (json) context.note(`Seed ${seed}.`);
    else context.print(introduction(world, simulator, { seed, iterations }));
    // Its WebUI ends with the demo: nothing could go on with what was stopped.
    const code = await watchRun(context, json, async (environment) => ({
      ...(await runSearch(config, environment)),
      canResume: false,
    }));
    if (!json && code === EXIT.ok) context.print(onYourOwn(context.process.env));
    return code;
  } finally {
    await simulator.close();
  }
}

interface Opened {
  readonly world: DemoWorld;
  readonly simulator: Simulator;
}

/** The painted one, and a line about it, where the models or the runtime are not installed. */
async function open(context: CommandContext, world: DemoWorld): Promise<Opened> {
  try {
    return { world, simulator: await world.start() };
  } catch (error) {
    if (!isExpected(error) || !NOT_THERE.has(error.code)) throw error;
    context.note(`The demo paints landscapes instead of using real models. ${error.message}`);
    return { world: PAINTED_WORLD, simulator: await PAINTED_WORLD.start() };
  }
}

const NOT_THERE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'onnx-runtime-missing',
  'onnx-runtime-broken',
  'tiny-world-missing',
]);

function introduction(
  { introduction: models }: DemoWorld,
  { url }: Simulator,
  { seed, iterations }: { readonly seed: number; readonly iterations: number },
): string {
  return [
    `A simulated WebUI is running at ${url}.`,
    ...models,
    `The search: ${counted(iterations, 'iteration')} at most, with seed ${seed} (--seed ${seed} repeats it).`,
    '',
  ].join('\n');
}

/** Works in any folder. In a clone there may be no command autombw yet: the demo is run by npm there. */
function onYourOwn(env: CommandContext['process']['env']): string {
  const isByNpm = env['npm_lifecycle_event'] === 'demo';
  return [
    '',
    `On your own models, in any folder${isByNpm ? ' (first, in this one: npm install -g .)' : ''}:`,
    '  autombw init --port 7860     asks for models and prompts, writes a payload and a config',
    '  autombw search --config first.config.json',
  ].join('\n');
}
