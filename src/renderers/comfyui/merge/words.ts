/** What people read of the nodes that merge a transformer. */
import type { ArchitectureRow, BlockName } from '../../../architectures/architecture.ts';
import { numberedBlocks } from '../../../architectures/transformers/layout.ts';
import type { MergeChoice } from './choose.ts';

/** One or two sentences: which nodes merge, and which blocks none of their inputs is for. */
export function describeMerge(row: ArchitectureRow, choice: MergeChoice): string {
  const { steps, uncovered } = choice;
  const { optionalBlocks } = row;
  const all = numberedOf(row);
  const missed = all.filter((block) => uncovered.includes(block)).length;
  const count = missed === 0 ? `all ${all.length}` : `${all.length - missed} of the ${all.length}`;
  const names = steps.map(({ className }) => className);
  const merges = `${names.join(' and then ')} ${names.length === 1 ? 'merges' : 'merge'} ${count} numbered blocks.`;
  const kept = uncovered.filter((block) => optionalBlocks.includes(block));
  const asked = kept.filter((block) => choice.fixed[block] === undefined);
  return [
    merges,
    ...(kept.length === 0
      ? []
      : [
          `It has no input for ${kept.join(', ')}, which stays model A's${asked.length === 0 ? '' : ` unless --block asks for it`}.`,
        ]),
  ].join(' ');
}

/** Which numbered blocks the nodes merge, of a family whose other blocks are few. */
interface Merging {
  readonly row: ArchitectureRow;
  readonly merge: MergeChoice | undefined;
}

/**
 * Why nodes do not merge, as a sentence; undefined where they do. Where they have no inputs for some of the numbered blocks, only who asks for
 * nodes by name gets them.
 * @param backend as in `--backend`
 */
export function whyNoMergeOf({ row, merge }: Merging, backend: string, address: string): string | undefined {
  const { title, kinds } = row;
  if (kinds === true) return NO_KINDS;
  if (merge === undefined) {
    return `ComfyUI at ${address} has no node that merges ${title} by blocks; an extension may provide one, with inputs named like the model's blocks.`;
  }
  const missed = numberedOf(row).filter((block) => merge.uncovered.includes(block));
  if (backend !== 'auto' || missed.length === 0) return undefined;
  return `${describeMerge(row, merge)} ${missed[0]} ${missed.length === 1 ? 'has' : `to ${missed.at(-1)} have`} no separate weights there: choose --backend comfyui to merge that way anyway.`;
}

export const NO_KINDS = 'ComfyUI nodes merge by depth, not by kind of layer.';

function numberedOf({ layout }: Pick<ArchitectureRow, 'layout'>): BlockName[] {
  return layout === undefined ? [] : numberedBlocks(layout).flat();
}
