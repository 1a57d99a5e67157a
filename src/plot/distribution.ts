/** Histograms of the scores over common bins. */
import { extentOf, isFlat, niceStep } from './scale.ts';
import type { RunSeries } from './series.ts';

export interface Bin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/**
 * The bins of every run, all with the same edges at multiples of a round width, empty ones left out. The number
 * of bins grows with the square root of the largest run: about 5 to 25 over the range of all scores.
 */
export function binsOf(all: readonly RunSeries[]): readonly (readonly Bin[])[] {
  const extent = extentOf(all.flatMap(({ points }) => points.map(({ value }) => value)));
  if (extent === undefined) return all.map(() => []);
  const [low, high] = extent;
  if (isFlat(extent)) return all.map(({ points }) => flatBin(low, points.length));
  const most = Math.max(...all.map(({ points }) => points.length));
  const target = Math.min(25, Math.max(5, Math.ceil(1.5 * Math.sqrt(most))));
  const width = niceStep((high - low) / target);
  return all.map(({ points }) => {
    const counts = new Map<number, number>();
    for (const { value } of points) {
      const bin = Math.floor(value / width + 1e-9);
      counts.set(bin, (counts.get(bin) ?? 0) + 1);
    }
    return [...counts.entries()]
      .sort(([a], [b]) => a - b)
      .map(([bin, count]) => ({ low: bin * width, high: (bin + 1) * width, count }));
  });
}

/** All scores are the same: one bin around them, a fiftieth of their size wide. */
function flatBin(value: number, count: number): readonly Bin[] {
  const half = Math.abs(value) / 100 || 0.01;
  return count === 0 ? [] : [{ low: value - half, high: value + half, count }];
}
