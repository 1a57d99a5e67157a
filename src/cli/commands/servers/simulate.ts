import { architectureRow, isArchitecture } from '../../../architectures/registry.ts';
import { TRANSFORMER_FAMILIES } from '../../../architectures/transformers/families.ts';
import { untilAborted } from '../../../shared/abort/on-abort.ts';
import { usageError } from '../../../shared/errors.ts';
import {
  parseFault,
  startSimulator,
  type ModelFiles,
  type ServerFamily,
  type WorldName,
} from '../../../simulator/index.ts';
import type { Architecture } from '../../../space/blocks.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { interruptible } from '../interruptible.ts';

export interface SimulateOptions {
  readonly port: number;
  readonly world: WorldName;
  readonly models?: string;
  readonly latency: number;
  readonly webuiAuth?: string;
  readonly family: ServerFamily;
  readonly architecture: Architecture;
  readonly files?: ModelFiles;
  readonly extensions?: string;
  readonly loras: string;
  readonly modelsDir?: string;
  readonly api: boolean;
  readonly nowebui?: boolean;
  readonly gradioAuth?: string;
  readonly modules: string;
  readonly gpu?: string;
  readonly fault: readonly string[];
}

/** Serves until it is interrupted. */
export async function simulateCommand(context: CommandContext, options: SimulateOptions): Promise<number> {
  const { port, latency, webuiAuth, family, architecture, extensions, modelsDir, api, fault } = options;
  if (!isArchitecture(architecture)) {
    throw usageError(
      'architecture-unknown',
      `There is no architecture "${architecture}": give sd1, sd2, sdxl, one of ${TRANSFORMER_FAMILIES.map(({ id }) => id).join(', ')}, or what autombw inspect reports for a file.`,
    );
  }
  if (latency < 0) throw usageError('latency', `--latency must be 0 or more, not ${latency}.`);
  const models = options.models === undefined ? undefined : namesIn(options.models);
  return interruptible(context, {}, async ({ signal }) => {
    const simulator = await startSimulator({
      port,
      world: options.world,
      ...(models === undefined ? {} : { models }),
      latencyMs: latency,
      family,
      architecture,
      ...(options.files === undefined ? {} : { files: options.files }),
      loras: namesIn(options.loras).map((name) => ({ name })),
      ...(extensions === undefined
        ? {}
        : { extensions: namesIn(extensions).filter((name) => name !== 'none') }),
      ...(modelsDir === undefined ? {} : { modelsDir }),
      api,
      pages: options.nowebui !== true,
      modules: namesIn(options.modules),
      faults: fault.map(parseFault),
      ...(options.gpu === undefined ? {} : { gpu: options.gpu }),
      ...(webuiAuth === undefined ? {} : { auth: webuiAuth }),
      ...(options.gradioAuth === undefined ? {} : { gradioAuth: options.gradioAuth }),
    });
    try {
      if (!signal.aborted) {
        context.print(
          `Simulated ${NAMES[family]} at ${simulator.url} with ${simulator.models().join(', ')}${familyNote(simulator.architecture)}; Ctrl-C stops it.`,
        );
        await untilAborted(signal);
      }
    } finally {
      await simulator.close();
    }
    return EXIT.ok;
  });
}

const NAMES: Readonly<Record<ServerFamily, string>> = {
  a1111: 'WebUI',
  forge: 'Forge',
  comfyui: 'ComfyUI',
};

/** Of transformers, whose blocks a search has to be told where it has no files to count them in. */
function familyNote(architecture: Architecture): string {
  return architectureRow(architecture).layout === undefined ? '' : ` (--architecture ${architecture})`;
}

function namesIn(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
