/** How children come from parents: mutation and recombination of points of the cube. */
import type { CubePoint, Grid } from '../ask-tell/grid.ts';
import type { Rng } from '../math/rng.ts';

/**
 * A normal step from `point` in every coordinate. On a grid no coordinate has a standard deviation below half a grid
 * step: narrower steps nearly always round back to where they began.
 * @param sigma standard deviation, as a share of the range
 */
export function mutate(point: CubePoint, { intervals }: Grid, sigma: number, random: Rng): number[] {
  return point.map((x, d) => {
    const steps = intervals[d] as number;
    return x + Math.max(sigma, steps === 0 ? 0 : NARROWEST / steps) * random.normal();
  });
}

const NARROWEST = 0.5;

/** Discrete recombination: every coordinate is that of one of the parents, each equally likely. */
export function recombine(parents: readonly CubePoint[], random: Rng): number[] {
  const [first = []] = parents;
  return first.map((x, d) => parents[random.integer(parents.length)]?.[d] ?? x);
}

/** Mutation of few genes: each coordinate is drawn again with probability 1/n, and one in any case. */
export function redrawGenes(point: CubePoint, { size }: Grid, random: Rng): number[] {
  const forced = random.integer(size);
  return point.map((x, d) => (d === forced || random.uniform() < 1 / size ? random.uniform() : x));
}
