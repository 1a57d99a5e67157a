import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import { localSearchOptions } from './behaviour.ts';
import { createLocalSearch } from './local-search.ts';
import { compatAcceptance, compatRatio } from './stochastic-hill-climbing.ts';

const options = z.strictObject({
  ...localSearchOptions,
  start_temp: z
    .number()
    .positive()
    .default(1)
    .describe('temperature of the first move; 1 accepts a typical worsening with probability 1/e'),
  annealing_rate: z
    .number()
    .gt(0)
    .max(1)
    .default(0.97)
    .describe('factor of the temperature after every move'),
});

/** P of version 1.3, which has no option for it in its list of parameters. */
const COMPAT_P_ACCEPT = 0.1;

export const simulatedAnnealing = defineOptimizer({
  name: 'simulated-annealing',
  pythonClass: 'SimulatedAnnealingOptimizer',
  version: 1,
  title: 'Simulated annealing',
  sentence: 'Hill climbing that takes worse neighbours readily at first and ever more rarely as it cools.',
  source:
    'Kirkpatrick, Gelatt & Vecchi, Science 220, 1983, with the acceptance rule of Metropolis; parameters of Gradient-Free-Optimizers 1.3, SimulatedAnnealingOptimizer.',
  options,
  createProposer: (settings, context) =>
    createLocalSearch(
      settings,
      {
        acceptance: (worsening, move) => metropolisAcceptance(worsening, temperature(settings, move)),
        compatAcceptance: (current, score, move) =>
          compatAcceptance(COMPAT_P_ACCEPT, compatRatio(current, score) / temperature(settings, move)),
      },
      context,
    ),
});

/** @param move moves before this one */
export function temperature(
  { start_temp, annealing_rate }: Pick<z.output<typeof options>, 'start_temp' | 'annealing_rate'>,
  move: number,
): number {
  return start_temp * annealing_rate ** move;
}

export function metropolisAcceptance(worsening: number, temperature: number): number {
  return Math.exp(-worsening / temperature);
}
