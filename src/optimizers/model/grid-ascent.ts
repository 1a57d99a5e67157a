/** Where a function of points is largest, on the whole grid and without gradients: coordinate search from good starts. */
import type { CubePoint, Grid } from '../ask-tell/grid.ts';
import { uniformPoint } from '../ask-tell/initial-points.ts';
import type { Rng } from '../math/rng.ts';
import type { Observation } from '../ask-tell/proposer.ts';

export interface AscentEffort {
  /** The best starts that are climbed from. */
  readonly climbs: number;
  /** At most so many rounds through all coordinates for each climb. */
  readonly sweeps: number;
}

interface Candidate {
  readonly point: number[];
  readonly value: number;
}

/** @returns the best free point that was met, or undefined when all of them are taken */
export function ascend(
  value: (point: CubePoint) => number,
  grid: Grid,
  starts: readonly CubePoint[],
  isTaken: (point: CubePoint) => boolean,
  { climbs, sweeps }: AscentEffort,
  random: Rng,
): number[] | undefined {
  const assessed = new Map(
    starts.map((start) => {
      const point = grid.snap(start);
      return [grid.key(point), { point, value: value(point) }];
    }),
  );
  const tops = [...assessed.values()]
    .toSorted((a, b) => b.value - a.value)
    .slice(0, climbs)
    .map((start) => climb(start, value, grid, isTaken, sweeps, random));
  const free = tops.filter(({ point }) => !isTaken(point));
  return free.toSorted((a, b) => b.value - a.value)[0]?.point;
}

function climb(
  start: Candidate,
  value: (point: CubePoint) => number,
  grid: Grid,
  isTaken: (point: CubePoint) => boolean,
  sweeps: number,
  random: Rng,
): Candidate {
  // A taken start is left by its best free neighbour, even downhill.
  let current: Candidate = isTaken(start.point) ? { point: start.point, value: -Infinity } : start;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const before = current;
    for (const d of random.permutation(grid.size)) {
      for (const coordinate of otherValues(grid.intervals[d] as number, current.point[d] as number, random)) {
        const point = current.point.with(d, coordinate);
        const there = value(point);
        if (there > current.value && !isTaken(point)) current = { point, value: there };
      }
    }
    if (current === before) break;
  }
  return current;
}

const LONG_GRID = 20;

/** All values of a short grid; near and random ones of a long grid or a continuous coordinate. */
function otherValues(steps: number, coordinate: number, random: Rng): number[] {
  if (steps === 0) {
    const near = [0.01, 0.1].map((spread) => coordinate + spread * random.normal());
    return [...near, random.uniform(), random.uniform()].map((x) => Math.min(1, Math.max(0, x)));
  }
  const here = Math.round(coordinate * steps);
  const indices =
    steps <= LONG_GRID
      ? Array.from({ length: steps + 1 }, (_, i) => i)
      : [-2, -1, 1, 2].map((step) => here + step).concat([0, 0, 0, 0].map(() => random.integer(steps + 1)));
  return indices.filter((i) => i !== here && i >= 0 && i <= steps).map((i) => i / steps);
}

/** How many of the best points are searched around. */
const ANCHORS = 10;

/** Uniform points, and the best points with a share of their coordinates (few, many, all) drawn again. */
export function spreadStarts(
  grid: Grid,
  observations: readonly Observation[],
  count: number,
  random: Rng,
): number[][] {
  const anchors = observations.toSorted((a, b) => b.score - a.score).slice(0, ANCHORS);
  return Array.from({ length: count }, (_, i) => {
    const anchor = anchors[i % (anchors.length + 1)]?.point;
    const share = random.uniform() ** 2;
    return uniformPoint(grid, random).map((x, d) =>
      anchor === undefined || random.uniform() < share ? x : (anchor[d] as number),
    );
  });
}
