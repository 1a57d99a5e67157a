/** Names of blocks with stars, `double_blocks.*`: which blocks they mean, and which of several counts. */
import type { Architecture, BlockName } from './architecture.ts';
import { allBlocksOf, architectureRow, partBlocksOf } from './registry.ts';

/** Is it meant for several blocks? */
export function isPattern(text: string): boolean {
  return text.includes('*');
}

/** Those of the names that a pattern means; a name without a star means itself, in any case. */
export function blocksLike(pattern: string, names: readonly BlockName[]): BlockName[] {
  return names.filter((name) => isLike(name, pattern));
}

/** The less exact ones first: whoever writes in this order lets a name count before a pattern, and of two patterns the one with more letters. */
export function inOrderOfExactness<T extends readonly [pattern: string, ...unknown[]]>(
  given: readonly T[],
): T[] {
  // The sort is stable: the last of equally long ones stays last.
  return given.toSorted(([x], [y]) => lettersOf(x) - lettersOf(y));
}

/** A name without a star is more than any pattern. */
function lettersOf(pattern: string): number {
  return isPattern(pattern) ? pattern.replaceAll('*', '').length : Number.POSITIVE_INFINITY;
}

/** Without regular expressions: many stars would take one for ever. */
function isLike(name: string, pattern: string): boolean {
  const text = name.toLowerCase();
  const [start = '', ...others] = pattern.toLowerCase().split('*');
  const end = others.pop();
  if (end === undefined) return text === start;
  if (!text.startsWith(start) || text.length < start.length + end.length || !text.endsWith(end)) return false;
  let at = start.length;
  const limit = text.length - end.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > limit) return false;
    at = found + part.length;
  }
  return true;
}

/** All names, or where they are many, how many of each row and the names of the others. */
export function blocksInWords(architecture: Architecture): string {
  const { layout, kinds } = architectureRow(architecture);
  const parts = partBlocksOf(architecture).map(({ name }) => name);
  if (layout === undefined || kinds === true) return [...allBlocksOf(architecture), ...parts].join(', ');
  const rows = layout.family.groups.flatMap(({ start }, group) => {
    const last = (layout.counts[group] ?? 0) - 1;
    return last < 0 ? [] : [last === 0 ? `${start}0` : `${start}0 to ${start}${last}`];
  });
  return [...rows, ...layout.parts, ...parts].join(', ');
}

/** Of transformers, neighbours by the first and the last of them: `double_blocks.0 to double_blocks.4`. Otherwise as they are. */
export function neighboursInWords(names: readonly BlockName[], architecture: Architecture): string[] {
  const { layout, sides } = architectureRow(architecture);
  if (layout === undefined) return [...names];
  const runs: BlockName[][] = [];
  for (const name of names) {
    const run = runs.at(-1);
    const side = sides.find((blocks) => blocks.includes(name));
    const isNext = side !== undefined && side[side.indexOf(name) - 1] === run?.at(-1);
    if (run !== undefined && isNext) run.push(name);
    else runs.push([name]);
  }
  return runs.flatMap((run) => (run.length > 2 ? [`${run[0]} to ${run.at(-1)}`] : run));
}
