/** Which images of a set are shown, where there are more than a sheet has room for. */
import type { ShownMerge } from './gallery.ts';

export interface ColumnChoice {
  /** Of every image of the set. */
  readonly payloads: readonly string[];
  /** At least 1. */
  readonly most: number;
}

/**
 * Those that most of the merges have (iterations may have other numbers of images, and an image that only one has compares
 * nothing), and of these so many: as many of each payload, evenly from its images.
 * @param offered positions in the set
 * @returns some of the positions, in the same order
 */
export function chosenColumns(
  merges: readonly ShownMerge[],
  offered: readonly number[],
  { payloads, most }: ColumnChoice,
): number[] {
  const counts = offered.map((c) => merges.filter(({ images }) => images[c]?.score !== undefined).length);
  const highest = Math.max(...counts);
  const comparable = offered.filter((_, i) => counts[i] === highest);
  const groups = [...new Set(comparable.map((c) => payloads[c]))].map((payload) =>
    comparable.filter((c) => payloads[c] === payload),
  );
  // Where there are more payloads than columns, some of them get one each.
  const shown = evenly(groups, most);
  const shares = sharesOf(
    shown.map(({ length }) => length),
    most,
  );
  const chosen = new Set(shown.flatMap((group, g) => evenly(group, shares[g] ?? 0)));
  return comparable.filter((c) => chosen.has(c));
}

/** One after the other gets one more, until there are no more to give or to take. */
function sharesOf(sizes: readonly number[], most: number): number[] {
  const shares = sizes.map(() => 0);
  let left = Math.min(
    most,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  while (left > 0) {
    for (const [g, size] of sizes.entries()) {
      const share = shares[g] ?? 0;
      if (left === 0 || share === size) continue;
      shares[g] = share + 1;
      left--;
    }
  }
  return shares;
}

/** The first and the last are among them, where there is more than one. */
export function evenly<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => {
    const at = most === 1 ? 0 : Math.round((i * (items.length - 1)) / (most - 1));
    return items.slice(at, at + 1);
  }).flat();
}
