/** Which images of a set are shown, where there are more than a sheet has room for. */
import type { ShownMerge } from './gallery.ts';

/**
 * Those that most of the merges have (iterations may have other numbers of images, and an image that only one has compares
 * nothing), and of these so many, evenly from the whole set.
 * @param offered positions in the set @param most at least 1
 * @returns some of the positions, in the same order
 */
export function chosenColumns(
  merges: readonly ShownMerge[],
  offered: readonly number[],
  most: number,
): number[] {
  const counts = offered.map((c) => merges.filter(({ images }) => images[c]?.score !== undefined).length);
  const highest = Math.max(...counts);
  return evenly(
    offered.filter((_, i) => counts[i] === highest),
    most,
  );
}

/** The first and the last are among them, where there is more than one. */
export function evenly<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => {
    const at = most === 1 ? 0 : Math.round((i * (items.length - 1)) / (most - 1));
    return items.slice(at, at + 1);
  }).flat();
}
