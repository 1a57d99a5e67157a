/** The baselines as lines across the score panel, and where their labels stand so that none covers another. */
import { MOST_COLOURS } from './palette.ts';
import type { RunSeries } from './series.ts';

export interface BaselineLine {
  /** `B`, or `B of run 2` where runs differ. */
  readonly name: string;
  readonly score: number;
  /** Position of its run; undefined for a line that all runs share. */
  readonly run: number | undefined;
}

/**
 * Once each where all runs have the same ones; otherwise only the highest of every run, which is what that run has to
 * beat. None for more runs than have colours: each has its own in its small chart.
 */
export function baselineLines(all: readonly RunSeries[]): readonly BaselineLine[] {
  const [first] = all;
  if (first === undefined) return [];
  if (all.every((run) => sameBaselines(run, first))) {
    return first.baselines.map(({ name, score }) => ({ name, score, run: undefined }));
  }
  if (all.length > MOST_COLOURS) return [];
  return all.flatMap((run, index): BaselineLine[] => {
    const best = highestBaseline(run);
    return best === undefined
      ? []
      : [{ name: `${best.name} of run ${index + 1}`, score: best.score, run: index }];
  });
}

export function highestBaseline({ baselines }: RunSeries): RunSeries['baselines'][number] | undefined {
  return baselines.toSorted((a, b) => b.score - a.score)[0];
}

function sameBaselines(a: RunSeries, b: RunSeries): boolean {
  return (
    a.baselines.length === b.baselines.length &&
    a.baselines.every(({ name, score }) =>
      b.baselines.some((other) => other.name === name && other.score === score),
    )
  );
}

/**
 * Places for labels that want to stand at the given ones: at least `gap` apart and within the ends, each as near to its own as
 * the others let it. Where there are too many for that, they stand closer.
 * @returns in the order of `wanted`
 */
export function spreadOut(
  wanted: readonly number[],
  gap: number,
  [low, high]: readonly [number, number],
): readonly number[] {
  const step = Math.min(gap, wanted.length < 2 ? gap : (high - low) / (wanted.length - 1));
  const order = wanted.map((place, index) => ({ place, index })).sort((a, b) => a.place - b.place);
  // Groups of labels that touch move as one, around the middle of the places that they want.
  const groups: { first: number; count: number }[] = [];
  for (const { place } of order) {
    let group = { first: Math.min(Math.max(place, low), high), count: 1 };
    for (let before = groups.at(-1); before !== undefined; before = groups.at(-1)) {
      if (group.first - (before.first + (before.count - 1) * step) >= step) break;
      groups.pop();
      const count = before.count + group.count;
      const from = groups.reduce((sum, other) => sum + other.count, 0);
      const middle = order.slice(from, from + count).reduce((sum, other) => sum + other.place, 0) / count;
      const first = middle - ((count - 1) * step) / 2;
      group = { first: Math.min(Math.max(first, low), high - (count - 1) * step), count };
    }
    groups.push(group);
  }
  const places: number[] = [];
  let next = 0;
  for (const { first, count } of groups) {
    for (let i = 0; i < count; i += 1, next += 1) {
      const index = order[next]?.index;
      if (index !== undefined) places[index] = first + i * step;
    }
  }
  return places;
}
