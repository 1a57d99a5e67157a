/** What a running server can merge with, and which way a search would take. */
import { webuiUrl } from '../../config/load.ts';
import { describeLimits, examineServer, type MergeWayExamination } from '../../renderers/index.ts';
import type { Architecture } from '../../space/blocks.ts';
import { EXIT, type CommandContext } from '../cli-process.ts';
import type { ServerOptions } from '../server-options.ts';

export interface BackendsOptions extends ServerOptions {
  readonly architecture: Architecture;
  readonly json?: boolean;
}

/** @returns 0 when the server can merge in some way, 1 otherwise */
export async function backendsCommand(context: CommandContext, options: BackendsOptions): Promise<number> {
  const { port, webui, webuiAuth: auth, gradioAuth, modelsDir, architecture } = options;
  const found = await examineServer(
    {
      url: webuiUrl({ webui, port }),
      auth,
      gradioAuth,
      architecture,
      ...(modelsDir === undefined ? {} : { modelsDir }),
    },
    new AbortController().signal,
  );
  const chosen = (['checkpoint', 'lora'] as const).map((takes) => chosenOf(found.mergeWays, takes));
  const ways = found.mergeWays.map((way) => ({ ...way, chosen: chosen.includes(way.name) }));
  if (options.json === true) context.printJson({ ...found, mergeWays: ways });
  else if (found.problem !== undefined) context.print(found.problem);
  else {
    context.print(`${FAMILIES[found.family]} at ${found.address}, ${found.models.length} checkpoints`);
    for (const way of ways) context.print(describe(way));
    context.print(lastLine(chosen[0]));
  }
  return chosen.some((name) => name !== undefined) ? EXIT.ok : EXIT.failed;
}

const FAMILIES = { a1111: 'AUTOMATIC1111 or Forge', comfyui: 'ComfyUI' } as const;

function chosenOf(
  ways: readonly MergeWayExamination[],
  kind: MergeWayExamination['takes'],
): string | undefined {
  return ways.find(({ takes, missing }) => takes === kind && missing === undefined)?.name;
}

function describe(way: MergeWayExamination & { readonly chosen: boolean }): string {
  const { name, summary, capabilities, takes, missing, chosen } = way;
  const mark = missing === undefined ? (chosen ? '→' : '✓') : '✗';
  const lines = [`${mark} ${name}${takes === 'lora' ? ' (model B is a LoRA)' : ''}: ${summary}`];
  if (missing !== undefined) return [...lines, `    ${missing}`].join('\n');
  const { free, savesCheckpoint } = capabilities;
  const saves = savesCheckpoint ? 'saves the merged checkpoint' : 'does not save the merged checkpoint';
  const limits = describeLimits(capabilities);
  return [...lines, `    ${free.length} free blocks, ${saves}. ${limits.join(' ')}`.trimEnd()].join('\n');
}

function lastLine(chosen: string | undefined): string {
  return chosen === undefined
    ? 'Two checkpoints cannot be merged here yet; see above what is missing.'
    : `--backend auto takes ${chosen} for two checkpoints (→).`;
}
