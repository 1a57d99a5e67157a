/** What a running server can merge with, and which way a search would take. */
import { NEVER_ABORTED } from '../../../shared/abort/never-aborted.ts';
import { webuiUrl } from '../../../config/load.ts';
import {
  describeLimits,
  describeParts,
  examineServer,
  type BackendExamination,
  type Examination,
} from '../../../renderers/index.ts';
import { mergeMethodNames } from '../../../checkpoints/methods/registry.ts';
import { methodsOfWay } from '../../../checkpoints/methods/ways.ts';
import { isArchitecture } from '../../../architectures/registry.ts';
import type { Architecture } from '../../../space/blocks.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { unknownFamily } from './unknown-family.ts';
import type { ServerOptions } from '../../server-options.ts';
import { counted } from '../../../shared/counted.ts';

export interface BackendsOptions extends ServerOptions {
  readonly architecture: Architecture;
  readonly json?: boolean;
}

/** @returns 0 when the server can merge in some way, 1 otherwise */
export async function backendsCommand(context: CommandContext, options: BackendsOptions): Promise<number> {
  const { port, webui, webuiAuth: auth, gradioAuth, modelsDir, architecture } = options;
  if (!isArchitecture(architecture)) throw unknownFamily(architecture);
  const found = await examineServer(
    {
      url: webuiUrl({ webui, port }),
      auth,
      gradioAuth,
      architecture,
      ...(modelsDir === undefined ? {} : { modelsDir }),
    },
    NEVER_ABORTED,
  );
  const chosen = (['checkpoint', 'lora'] as const).map((takes) => chosenOf(found.mergeWays, takes));
  const ready = found.mergeWays.filter(({ missing }) => missing === undefined);
  const ways = found.mergeWays.map((way) => ({
    ...way,
    methods: methodsOfWay(way.name),
    chosen: chosen.includes(way.name),
  }));
  if (options.json === true) context.printJson({ ...found, mergeWays: ways });
  else if (found.problem !== undefined) context.print(found.problem);
  else {
    context.print(
      `${FAMILIES[found.family]} at ${found.address}, ${counted(found.models.length, 'checkpoint')}${networksOf(found)}`,
    );
    for (const way of ways) context.print(describe(way));
    for (const warning of found.remarks ?? []) context.print(warning);
    context.print(lastLine(chosen[0], found.mergeWays));
  }
  return ready.length > 0 ? EXIT.ok : EXIT.failed;
}

/** Whoever has Flux and the like there, and did not say so, reads of the ways for Stable Diffusion. */
function networksOf({ networks = [] }: Examination): string {
  if (networks.length === 0) return '';
  return ` and ${counted(networks.length, 'diffusion model')} of other families; use --architecture (flux1, anima …) to see how they can be merged`;
}

const FAMILIES = { a1111: 'AUTOMATIC1111', forge: 'Forge', comfyui: 'ComfyUI' } as const;

function chosenOf(
  ways: readonly BackendExamination[],
  kind: BackendExamination['takes'],
): string | undefined {
  const first = ways.find(
    ({ takes, missing, wantsLogin }) => takes === kind && (missing === undefined || wantsLogin === true),
  );
  return first?.missing === undefined ? first?.name : undefined;
}

function describe(way: BackendExamination & { readonly chosen: boolean }): string {
  const { name, summary, capabilities, takes, missing, chosen } = way;
  const mark = missing === undefined ? (chosen ? '→' : '✓') : '✗';
  const lines = [`${mark} ${name}${takes === 'lora' ? ' (model B is a LoRA)' : ''}: ${summary}`];
  if (missing !== undefined) return [...lines, `    ${missing}`].join('\n');
  const { free, savesCheckpoint } = capabilities;
  const saves = savesCheckpoint ? 'saves the merged checkpoint' : 'does not save the merged checkpoint';
  const limits = [...describeLimits(capabilities), ...describeParts(capabilities)];
  return [
    ...lines,
    `    ${counted(free.length, 'free block')}, ${saves}. ${limits.join(' ')}`.trimEnd(),
    ...methodLines(name),
  ].join('\n');
}

/** Of the ways that know more than a weighted sum of their own. */
function methodLines(way: string): string[] {
  const methods = methodsOfWay(way);
  if (methods.length === 0) return [];
  const all = methods.length === mergeMethodNames().length;
  return [`    Supports --method ${all ? 'with every method in autombw methods' : methods.join(', ')}.`];
}

function lastLine(chosen: string | undefined, ways: readonly BackendExamination[]): string {
  if (chosen !== undefined) return `--backend auto uses ${chosen} for two checkpoints (→).`;
  const usable = ways.find(({ takes, missing }) => takes === 'checkpoint' && missing === undefined);
  const locked = ways.find(({ wantsLogin }) => wantsLogin === true);
  if (usable === undefined)
    return 'Two checkpoints cannot be merged here yet; see above for what is missing.';
  return `--backend auto would use ${locked?.name ?? 'another way'}, which needs a login: give one, or choose --backend ${usable.name}, to merge two checkpoints here.`;
}
