import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import type { CubePoint } from '../ask-tell/grid.ts';
import { initialize, uniformPoint } from '../ask-tell/initial-points.ts';
import { createInitialDesign } from '../ask-tell/initial-design.ts';
import { createPool } from './population.ts';
import type { Observation, Proposer, ProposerContext } from '../ask-tell/proposer.ts';
import { recombine, redrawGenes } from './variation.ts';

const options = z.strictObject({
  population: z.int().min(2).default(10).describe('number of members'),
  offspring: z.int().min(1).default(10).describe('children per selection of parents'),
  n_parents: z.int().min(2).default(2).describe('parents per child'),
  mutation_rate: z.number().min(0).default(0.5).describe('weight of mutation when a child is made'),
  crossover_rate: z.number().min(0).default(0.5).describe('weight of crossover when a child is made'),
  initialize,
});

export const genetic = defineOptimizer({
  name: 'genetic',
  pythonClass: 'GeneticAlgorithmOptimizer',
  version: 1,
  title: 'Genetic algorithm',
  sentence: 'Crosses and mutates the fitter half of a population; children take the place of the worst.',
  source:
    'Holland 1975, steady state with truncation selection and discrete recombination; parameters of Gradient-Free-Optimizers 1.5, GeneticAlgorithmOptimizer.',
  options,
  createProposer: createGenetic,
});

function createGenetic(settings: z.output<typeof options>, { grid, seed }: ProposerContext): Proposer {
  const start = createInitialDesign(grid, settings.initialize, settings.population, seed);
  const pool = createPool<Observation>(settings.population, ({ score }) => score);

  let parents: readonly CubePoint[] = [];
  let children = 0;

  return {
    propose(ask) {
      const { random } = ask;
      const first = start(ask);
      if (first !== undefined) return first;
      const fitter = pool.members
        .toSorted((a, b) => b.score - a.score)
        .slice(0, Math.max(settings.n_parents, Math.ceil(pool.members.length / 2)))
        .map(({ point }) => point);
      if (fitter.length === 0) return uniformPoint(grid, random);
      const mutates =
        random.uniform() * (settings.mutation_rate + settings.crossover_rate) < settings.mutation_rate;
      if (mutates) return redrawGenes(fitter[random.integer(fitter.length)] ?? [], grid, random);
      if (children++ % settings.offspring === 0) {
        const chosen = random.permutation(fitter.length).slice(0, settings.n_parents);
        parents = chosen.map((i) => fitter[i] ?? []);
      }
      return recombine(parents, random);
    },
    observe(outcome) {
      if (outcome.score !== undefined) pool.admit(outcome);
    },
  };
}
