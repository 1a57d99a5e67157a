import { z } from 'zod';
import { defineOptimizer } from './definition.ts';
import { createLocalSearch, localSearchOptions } from './local-search.ts';

const options = z.strictObject({
  ...localSearchOptions,
  p_accept: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe('probability of moving to a point that is just as good'),
  norm_factor: z
    .union([z.number().positive(), z.literal('adaptive')])
    .default(1)
    .describe('how fast worse points lose that probability; adaptive: by the largest worsening so far'),
});

export const stochasticHillClimbing = defineOptimizer({
  name: 'stochastic-hill-climbing',
  pythonClass: 'StochasticHillClimbingOptimizer',
  title: 'Stochastic hill climbing',
  sentence:
    'Hill climbing that now and then moves to a slightly worse neighbour, to leave small local hills.',
  source:
    'Michalewicz & Fogel, How to Solve It, 2004, ch. 2 (logistic acceptance); parameters of Gradient-Free-Optimizers 1.3, StochasticHillClimbingOptimizer.',
  options,
  createRule: (settings, context) => {
    const largest = createLargest();
    const factor = settings.norm_factor;
    return createLocalSearch(
      settings,
      {
        acceptance: (worsening) =>
          logisticAcceptance(
            settings.p_accept,
            factor === 'adaptive' ? worsening / largest(worsening) || 0 : factor * worsening,
          ),
        compatAcceptance: (current, score) =>
          1 -
          (factor === 'adaptive'
            ? adaptiveRatio(current - score, largest(Math.abs(current - score)))
            : Math.exp(-factor * compatRatio(current, score))) /
            settings.p_accept,
      },
      context,
    );
  },
});

/** p at a worsening of 0, falling to 0 along a logistic curve. */
export function logisticAcceptance(p: number, worsening: number): number {
  return (2 * p) / (1 + Math.exp(worsening));
}

/** Relative worsening of version 1.3; it turns round when the scores have different signs. */
export function compatRatio(current: number, score: number): number {
  const sum = current + score;
  if (sum === 0) return 1;
  const ratio = (current - score) / sum;
  return Number.isFinite(ratio) ? ratio : Infinity;
}
