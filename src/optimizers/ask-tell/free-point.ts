import type { CubePoint, Grid } from './grid.ts';
import type { PointSet } from './point-set.ts';
import type { Rng } from '../math/rng.ts';

/**
 * A point of the grid that is not among the taken ones, as near as is cheap to find: first the points that differ in
 * one coordinate, nearest steps first, then the whole grid. Undefined when every point is taken.
 */
export function freePointNear(
  grid: Grid,
  point: CubePoint,
  taken: Pick<PointSet, 'has' | 'size'>,
  random: Rng,
): number[] | undefined {
  const isFree = (candidate: CubePoint): boolean => !taken.has(candidate);
  if (isFree(point)) return [...point];
  if (taken.size >= grid.points) return undefined;

  const order = random.permutation(grid.size);
  const longest = Math.max(0, ...grid.intervals);
  for (let distance = 1; distance <= Math.min(longest, 32); distance++) {
    for (const d of order) {
      const steps = grid.intervals[d] as number;
      for (const sign of random.uniform() < 0.5 ? [1, -1] : [-1, 1]) {
        const coordinate = (point[d] as number) + (sign * distance) / steps;
        if (steps > 0 && coordinate > -1e-9 && coordinate < 1 + 1e-9) {
          const candidate = grid.snap(point.with(d, coordinate));
          if (isFree(candidate)) return candidate;
        }
      }
    }
  }
  return countThrough(grid, point, isFree, taken.size, random);
}

/** Counts through the grid from `point` as an odometer does; among taken + 1 different points one must be free. */
function countThrough(
  grid: Grid,
  point: CubePoint,
  isFree: (candidate: CubePoint) => boolean,
  taken: number,
  random: Rng,
): number[] | undefined {
  const order = random.permutation(grid.size);
  let current = [...point];
  for (let i = 0; i <= taken; i++) {
    for (const d of order) {
      const steps = grid.intervals[d] as number;
      // A continuous coordinate has no next value, and a random one is new with certainty.
      const next = steps === 0 ? random.uniform() : (current[d] as number) + 1 / steps;
      const carries = next > 1 + 1e-9;
      current = grid.snap(current.with(d, carries ? 0 : next));
      if (!carries) break;
    }
    if (isFree(current)) return current;
  }
  return undefined;
}
