/** What people read of the nodes that merge a transformer. */
import type { ArchitectureRow } from '../../../architectures/architecture.ts';
import { numberedBlocks } from '../../../architectures/transformers/layout.ts';
import type { MergeChoice } from './choose.ts';

/** One or two sentences: which nodes merge, and which blocks none of their inputs is for. */
export function describeMerge({ layout, optionalBlocks }: ArchitectureRow, choice: MergeChoice): string {
  const { steps, uncovered } = choice;
  const all = layout === undefined ? [] : numberedBlocks(layout).flat();
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

/** Has every numbered block an input of its own or with others? */
export function coversAll({ layout }: Pick<ArchitectureRow, 'layout'>, { uncovered }: MergeChoice): boolean {
  const missed = new Set(uncovered);
  return (
    layout === undefined ||
    !numberedBlocks(layout)
      .flat()
      .some((block) => missed.has(block))
  );
}

/** A sentence with all ways out; undefined where the nodes can merge. */
export function whyNoMergeOf(
  { title }: Pick<ArchitectureRow, 'title'>,
  choice: MergeChoice | undefined,
  address: string,
): string | undefined {
  if (choice !== undefined) return undefined;
  return `ComfyUI at ${address} has no node that merges ${title} by blocks: install an extension with one (its inputs begin as the model's blocks do), or have the merged file written with --backend checkpoint --models-dir FOLDER.`;
}
