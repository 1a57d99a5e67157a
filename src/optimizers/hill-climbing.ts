import { z } from 'zod';
import { defineOptimizer } from './definition.ts';
import { initialize, initialPoints } from './initial-points.ts';
import type { Grid } from './grid.ts';
import type { Rng } from './math/rng.ts';
import type { Observation, Rule, RuleContext } from './rule.ts';

const options = z.strictObject({
  epsilon: z.number().positive().default(0.03).describe('scale of a step, as a share of the range'),
  distribution: z
    .enum(['normal', 'laplace', 'logistic', 'gumbel'])
    .default('normal')
    .describe('how steps are drawn'),
  n_neighbours: z.int().min(1).default(3).describe('neighbours looked at before moving to the best of them'),
  rand_rest_p: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('probability of a uniform point instead of a step'),
  initialize,
});

export const hillClimbing = defineOptimizer({
  name: 'hill-climbing',
  pythonClass: 'HillClimbingOptimizer',
  title: 'Hill climbing',
  sentence:
    'Looks at a few random neighbours of the best point so far and moves to the best of them; simple and local.',
  source:
    'Gradient-Free-Optimizers 1.3, HillClimbingOptimizer; starts from the best initial point, stops at walls, and never repeats a point.',
  options,
  createRule: createHillClimbing,
});

type HillClimbingOptions = z.output<typeof options>;
export type StepDistribution = HillClimbingOptions['distribution'];

function createHillClimbing(settings: HillClimbingOptions, { grid, seed }: RuleContext): Rule {
  const first = initialPoints(grid, settings.initialize, seed);
  let proposed = 0;
  let current: Observation | undefined;
  let window: Observation[] = [];

  return {
    propose({ id, random, history }) {
      const initial = first.find((point) => !history.isTaken(grid.snap(point)));
      if (id <= first.length && initial !== undefined) return initial;
      proposed++;
      if (current === undefined || random.uniform() < settings.rand_rest_p) {
        return grid.intervals.map(() => random.uniform());
      }
      return takeStep(current.point, grid, settings.epsilon, settings.distribution, random);
    },
    observe(outcome) {
      if (outcome.score === undefined) return;
      const isInitial = proposed === 0 || outcome.id === undefined;
      if (isInitial) {
        if (current === undefined || outcome.score > current.score) current = outcome;
        return;
      }
      window.push(outcome);
      if (window.length < settings.n_neighbours) return;
      // The last one among equals, as published; the current point stays unless it is beaten.
      const best = window.reduce((a, b) => (b.score >= a.score ? b : a));
      if (current === undefined || best.score > current.score) current = best;
      window = [];
    },
  };
}

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
