import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import { initialize, uniformPoint } from '../ask-tell/initial-points.ts';
import { createRng, type Rng } from '../math/rng.ts';
import { createInitialDesign } from '../ask-tell/initial-design.ts';
import { createPopulation } from './population.ts';
import type { Observation, Proposer, ProposerContext } from '../ask-tell/proposer.ts';
import { mutate } from './variation.ts';

const options = z.strictObject({
  population: z.int().min(1).default(5).describe('number of walkers, each with its own temperature'),
  n_iter_swap: z
    .int()
    .min(0)
    .default(5)
    .describe('evaluations between two exchanges of temperatures; 0 = never'),
  annealing_rate: z
    .number()
    .positive()
    .max(1)
    .default(0.97)
    .describe('factor applied to a temperature after each of its evaluations'),
  epsilon: z
    .number()
    .positive()
    .default(0.2)
    .describe('standard deviation of a step, as a share of the range'),
  semantics: z
    .enum(['fixed', 'compat'])
    .default('fixed')
    .describe('compat: the exchange rule of version 1.3, which hands good points to the hot walkers'),
  initialize,
});

type Settings = z.output<typeof options>;

export const parallelTempering = defineOptimizer({
  name: 'parallel-tempering',
  pythonClass: 'ParallelTemperingOptimizer',
  version: 1,
  title: 'Parallel tempering',
  sentence:
    'Annealing walkers at several temperatures that exchange them: the hot ones explore, the cold ones refine.',
  source:
    'Swendsen & Wang 1986, Geyer 1991 (replica exchange); temperatures and parameters of Gradient-Free-Optimizers 1.3, ParallelTemperingOptimizer.',
  options,
  createProposer: createParallelTempering,
});

export interface Walker {
  current: Pick<Observation, 'point' | 'score'>;
  temperature: number;
}

/** Temperature 1 takes a loss of this share of a usual change with probability 1/e. */
const LOSS_AT_ONE = 0.1;

function createParallelTempering(settings: Settings, { grid, seed }: ProposerContext): Proposer {
  const start = createInitialDesign(grid, settings.initialize, settings.population, seed);
  let founded = 0;
  let lastExchange = 0;
  let moves = 0;
  const changes = { sum: 0, count: 0 };
  const walkers = createPopulation<Walker, { readonly chance: number }>({
    capacity: settings.population,
    worth: ({ current }) => current.score,
    found: (current) => ({ current, temperature: 1.1 ** (25 * createRng(seed, 1, founded++).uniform()) }),
  });
  /** Scores in units of what a step usually changes, so that their scale does not matter. */
  const unit = (): number => (LOSS_AT_ONE * changes.sum) / Math.max(1, changes.count);

  return {
    propose(ask) {
      const { id, random } = ask;
      const first = start(ask);
      if (first !== undefined) return first;
      const due = settings.n_iter_swap > 0 && moves % settings.n_iter_swap === 0 && moves > lastExchange;
      if (due) {
        lastExchange = moves;
        exchangeTemperatures(walkers.members, settings.semantics, unit(), random);
      }
      const walker = walkers.turn(id);
      if (walker === undefined) return uniformPoint(grid, random);
      walkers.launch(id, walker, { chance: random.uniform() });
      return mutate(walker.current.point, grid, settings.epsilon, random);
    },
    observe(outcome) {
      const flight = walkers.land(outcome);
      if (flight === undefined) return;
      const { member, note } = flight;
      moves++;
      member.temperature *= settings.annealing_rate;
      if (outcome.score === undefined) return;
      const change = outcome.score - member.current.score;
      changes.sum += Math.abs(change);
      changes.count++;
      // Metropolis: always uphill, downhill by chance.
      if (change >= 0 || note.chance < Math.exp(change / (unit() * member.temperature)))
        member.current = outcome;
    },
  };
}

/** Every walker tries one exchange with a random other one. Scores stay where they are: only temperatures move. */
export function exchangeTemperatures(
  walkers: readonly Walker[],
  semantics: Settings['semantics'],
  unit: number,
  random: Rng,
): void {
  for (const one of walkers) {
    const other = walkers[random.integer(walkers.length)] as Walker;
    const chance = random.uniform();
    if (other !== one && chance < swapProbability(sideOf(one), sideOf(other), semantics, unit)) {
      [one.temperature, other.temperature] = [other.temperature, one.temperature];
    }
  }
}

interface Side {
  readonly score: number;
  readonly temperature: number;
}

function sideOf({ current, temperature }: Walker): Side {
  return { score: current.score, temperature };
}

/**
 * Probability that two walkers exchange their temperatures. fixed: detailed balance, min(1, exp((s_j − s_i)/unit ·
 * (1/T_i − 1/T_j))), so that good points cool down. compat: (s_i − s_j)/(s_i + s_j) instead, which heats them up.
 */
export function swapProbability(i: Side, j: Side, semantics: Settings['semantics'], unit: number): number {
  const gap = 1 / i.temperature - 1 / j.temperature;
  if (semantics === 'fixed') return Math.min(1, Math.exp(((j.score - i.score) / unit) * gap));
  const sum = i.score + j.score;
  return sum === 0 ? 1 : Math.min(1, Math.exp(((i.score - j.score) / sum) * gap));
}
