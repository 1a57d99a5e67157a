import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import { localSearchOptions, type Behaviour } from './behaviour.ts';
import { createLocalSearch } from './local-search.ts';

const options = z.strictObject({
  ...localSearchOptions,
  p_accept: z.number().gt(0).max(1).default(0.1).describe('probability of moving to an equally good point'),
  norm_factor: z
    .union([z.number().positive(), z.literal('adaptive')])
    .default(1)
    .describe(
      'how fast worse points lose that probability; adaptive: measured by the largest worsening so far',
    ),
});

export const stochasticHillClimbing = defineOptimizer({
  name: 'stochastic-hill-climbing',
  pythonClass: 'StochasticHillClimbingOptimizer',
  version: 1,
  title: 'Stochastic hill climbing',
  sentence:
    'Hill climbing that occasionally moves to a slightly worse neighbour, to escape small local maxima.',
  source:
    'Michalewicz & Fogel, How to Solve It, 2004, ch. 5 (logistic acceptance); parameters of Gradient-Free-Optimizers 1.3, StochasticHillClimbingOptimizer.',
  options,
  createProposer: (settings, context) => createLocalSearch(settings, createBehaviour(settings), context),
});

function createBehaviour({
  p_accept,
  norm_factor,
}: Pick<z.output<typeof options>, 'p_accept' | 'norm_factor'>): Behaviour {
  let largest = 0;
  return {
    acceptance: (worsening) => {
      if (norm_factor !== 'adaptive') return logisticAcceptance(p_accept, norm_factor * worsening);
      largest = Math.max(largest, worsening);
      return logisticAcceptance(p_accept, Number.isFinite(worsening / largest) ? worsening / largest : 0);
    },
    compatAcceptance: (current, score) => {
      if (norm_factor !== 'adaptive')
        return compatAcceptance(p_accept, norm_factor * compatRatio(current, score));
      const worsening = Math.abs(current - score);
      largest = Math.max(largest, worsening);
      return largest === 0 ? 1 : 1 - (largest - worsening) / (largest + worsening) / p_accept;
    },
  };
}

/** p at a worsening of 0, falling to 0 along a logistic curve. */
export function logisticAcceptance(p: number, worsening: number): number {
  return (2 * p) / (1 + Math.exp(worsening));
}

/** Version 1.3 accepts where a number below `p` exceeds e^−worsening: never for small worsenings, always for large ones. */
export function compatAcceptance(p: number, worsening: number): number {
  return Math.max(0, 1 - Math.exp(-worsening) / p);
}

/** Relative worsening of version 1.3; it turns round when the scores have different signs. */
export function compatRatio(current: number, score: number): number {
  const sum = current + score;
  const ratio = (current - score) / sum;
  if (sum === 0) return 1;
  return Number.isFinite(ratio) ? ratio : Infinity;
}
