/**
 * Points that are compared in several numbers at once, each to be maximised. One point dominates another when it is as good in
 * every number and better in one; the front is what nothing dominates.
 */

/** In the order of the goals, higher is better. */
export type GoalPoint = readonly number[];

export function dominates(one: GoalPoint, other: GoalPoint): boolean {
  let isBetter = false;
  for (const [k, value] of one.entries()) {
    const rival = other[k] ?? -Infinity;
    if (value < rival) return false;
    if (value > rival) isBetter = true;
  }
  return isBetter;
}

/** Positions of the points that nothing dominates, in their order; of equal points the first one. */
export function nondominated(points: readonly GoalPoint[]): number[] {
  return points.flatMap((point, i) =>
    points.some((other, j) => dominates(other, point) || (j < i && isEqual(other, point))) ? [] : [i],
  );
}

function isEqual(one: GoalPoint, other: GoalPoint): boolean {
  return one.every((value, k) => value === other[k]);
}

/**
 * Volume of what is above the reference in every number and that some point is at least as good as. Exact: the last number is cut
 * into slabs at the points, and each slab has the volume of the remaining numbers (n² log n for three of them).
 */
export function hypervolume(points: readonly GoalPoint[], reference: GoalPoint): number {
  const above = points.filter((point) => point.every((value, k) => value > (reference[k] ?? 0)));
  return volumeAbove(above, reference, reference.length);
}

/** Of their first `size` numbers. */
function volumeAbove(points: readonly GoalPoint[], reference: GoalPoint, size: number): number {
  const last = size - 1;
  const floor = reference[last] ?? 0;
  if (points.length === 0) return 0;
  if (last === 0) return points.reduce((most, [value = floor]) => Math.max(most, value), floor) - floor;
  const falling = points.toSorted((a, b) => (b[last] ?? 0) - (a[last] ?? 0));
  let volume = 0;
  for (const [i, point] of falling.entries()) {
    const height = (point[last] ?? 0) - (falling[i + 1]?.[last] ?? floor);
    if (height > 0) volume += height * volumeAbove(falling.slice(0, i + 1), reference, last);
  }
  return volume;
}

/** How far below the worst value the reference lies, as a share of the range. */
const MARGIN = 0.1;

/** What a front is measured from: the worst value in each number, less a tenth of its range, so that every point covers something. */
export function referencePoint(points: readonly GoalPoint[]): GoalPoint {
  const [worst, best] = endsOf(points);
  return worst.map((low, k) => low - MARGIN * ((best[k] ?? low) - low));
}

/** The worst and the best value in each number; empty without points. */
export function endsOf(points: readonly GoalPoint[]): readonly [GoalPoint, GoalPoint] {
  const worst = [...(points[0] ?? [])];
  const best = [...worst];
  for (const point of points) {
    for (const [k, value] of point.entries()) {
      worst[k] = Math.min(worst[k] ?? value, value);
      best[k] = Math.max(best[k] ?? value, value);
    }
  }
  return [worst, best];
}

/** Of every number, where the box begins and ends; it may end at infinity. */
export interface Box {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/**
 * Boxes without overlap that make up all that is above the reference and dominated by no point: by how much a new point enlarges
 * the hypervolume is the sum over them of what it covers (Emmerich, Deutz & Klinkenberg 2011 for two goals).
 */
export function freeBoxes(points: readonly GoalPoint[], reference: GoalPoint): Box[] {
  return boxesOf(points, reference, reference.length);
}

function boxesOf(points: readonly GoalPoint[], reference: GoalPoint, size: number): Box[] {
  const last = size - 1;
  const floor = reference[last] ?? 0;
  if (last === 0) {
    const low = points.reduce((most, [value = floor]) => Math.max(most, value), floor);
    return [{ low: [low], high: [Infinity] }];
  }
  const levels = [...new Set(points.map((point) => Math.max(floor, point[last] ?? floor)))].toSorted(
    (a, b) => a - b,
  );
  const starts = levels[0] === floor ? levels : [floor, ...levels];
  return starts.flatMap((start, i) => {
    const end = starts[i + 1] ?? Infinity;
    const reaching = points.filter((point) => (point[last] ?? floor) >= end);
    return boxesOf(reaching, reference, last).map(({ low, high }) => ({
      low: [...low, start],
      high: [...high, end],
    }));
  });
}
