/** Random steps of hill climbers. */
import { z } from 'zod';
import type { Grid } from '../ask-tell/grid.ts';
import type { Rng } from '../math/rng.ts';

export const distribution = z
  .enum(['normal', 'laplace', 'logistic', 'gumbel'])
  .default('normal')
  .describe('how steps are drawn');

export type StepDistribution = z.output<typeof distribution>;

/**
 * A neighbour: every coordinate gets its own noise, scaled to `epsilon` of the range but to no less than `smallest`
 * grid steps: finer noise would round back to where it came from nearly everywhere. Walls clip (in `grid.snap`).
 */
export function takeStep(
  from: ArrayLike<number>,
  grid: Grid,
  epsilon: number,
  distribution: StepDistribution,
  random: Rng,
  smallest = 1,
): number[] {
  return grid.intervals.map((steps, d) => {
    const scale = steps === 0 ? epsilon : Math.max(epsilon, smallest / steps);
    return (from[d] as number) + scale * standardNoise(distribution, random);
  });
}

/** Scale 1 in numpy's sense: standard deviations 1, √2, π/√3, π/√6; the Gumbel distribution has mean 0.577. */
function standardNoise(distribution: StepDistribution, random: Rng): number {
  if (distribution === 'normal') return random.normal();
  // Never 0 or 1: both ends are poles.
  const u = (random.uniform() + 2 ** -54) / (1 + 2 ** -53);
  if (distribution === 'laplace') return u < 0.5 ? Math.log(2 * u) : -Math.log(2 * (1 - u));
  if (distribution === 'logistic') return Math.log(u / (1 - u));
  return -Math.log(-Math.log(u));
}
