import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import { initialize, uniformPoint } from '../ask-tell/initial-points.ts';
import { mutate, recombine } from './variation.ts';
import { createInitialDesign } from '../ask-tell/initial-design.ts';
import { createPool } from './population.ts';
import type { Observation, Proposer, ProposerContext } from '../ask-tell/proposer.ts';

const options = z.strictObject({
  population: z.int().min(1).default(10).describe('number of parents that are kept'),
  mutation_rate: z.number().min(0).default(0.7).describe('weight of mutation when a child is made'),
  crossover_rate: z.number().min(0).default(0.3).describe('weight of crossover when a child is made'),
  epsilon: z
    .number()
    .positive()
    .default(0.2)
    .describe('first standard deviation of a mutation, as a share of the range'),
  initialize,
});

export const evolutionStrategy = defineOptimizer({
  name: 'evolution-strategy',
  pythonClass: 'EvolutionStrategyOptimizer',
  version: 1,
  title: 'Evolution strategy',
  sentence:
    'Keeps the best points, mutates or crosses them one at a time, and lets the step width evolve with them.',
  source:
    'Beyer & Schwefel 2002, (μ+1) with self-adaptation of one step width; parameters of Gradient-Free-Optimizers 1.3, EvolutionStrategyOptimizer.',
  options,
  createProposer: createEvolutionStrategy,
});

type Settings = z.output<typeof options>;

interface Parent {
  readonly observation: Observation;
  /** Standard deviation of its mutations, as a share of the range. */
  readonly sigma: number;
}

const NARROWEST = 1e-3;
const WIDEST = 0.5;

function createEvolutionStrategy(settings: Settings, { grid, seed }: ProposerContext): Proposer {
  const start = createInitialDesign(grid, settings.initialize, settings.population, seed);
  const learningRate = 1 / Math.sqrt(Math.max(1, grid.size));
  const parents = createPool<Parent>(settings.population, ({ observation }) => observation.score);
  const sigmas = new Map<number, number>();

  return {
    propose(ask) {
      const { id, random } = ask;
      const first = start(ask);
      if (first !== undefined) return first;
      const { members } = parents;
      if (members.length === 0) return uniformPoint(grid, random);
      const pick = (): Parent => members[random.integer(members.length)] as Parent;
      const parent = pick();
      const partner = pick();
      const mutates =
        random.uniform() * (settings.mutation_rate + settings.crossover_rate) < settings.mutation_rate;
      if (!mutates && partner !== parent) {
        sigmas.set(id, Math.sqrt(parent.sigma * partner.sigma));
        return recombine([parent.observation.point, partner.observation.point], random);
      }
      const sigma = Math.min(
        WIDEST,
        Math.max(NARROWEST, parent.sigma * Math.exp(learningRate * random.normal())),
      );
      sigmas.set(id, sigma);
      return mutate(parent.observation.point, grid, sigma, random);
    },
    observe(outcome) {
      const sigma = (outcome.id === undefined ? undefined : sigmas.get(outcome.id)) ?? settings.epsilon;
      if (outcome.id !== undefined) sigmas.delete(outcome.id);
      if (outcome.score !== undefined) parents.admit({ observation: outcome, sigma });
    },
  };
}
