import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import type { CubePoint } from '../ask-tell/grid.ts';
import { initialize, uniformPoint } from '../ask-tell/initial-points.ts';
import { createInitialDesign } from '../ask-tell/initial-design.ts';
import { createPopulation } from './population.ts';
import type { Observation, Proposer, ProposerContext } from '../ask-tell/proposer.ts';

const options = z.strictObject({
  population: z.int().min(4).default(10).describe('number of members'),
  mutation_rate: z
    .number()
    .positive()
    .default(0.9)
    .describe('factor F of the difference between two members'),
  crossover_rate: z
    .number()
    .min(0)
    .max(1)
    .default(0.9)
    .describe('probability CR that a coordinate comes from the mutant instead of the member'),
  initialize,
});

export const differentialEvolution = defineOptimizer({
  name: 'differential-evolution',
  pythonClass: 'DifferentialEvolutionOptimizer',
  version: 1,
  title: 'Differential evolution',
  sentence:
    'Moves members by the differences between others and keeps improvements; its steps adapt to the landscape.',
  source:
    'Storn & Price 1997, rand/1/bin, with the best of the three members as base (Kaelo & Ali 2006); parameters of Gradient-Free-Optimizers 1.5, DifferentialEvolutionOptimizer.',
  options,
  createProposer: createDifferentialEvolution,
});

interface Member {
  current: Observation;
}

function createDifferentialEvolution(
  settings: z.output<typeof options>,
  { grid, seed }: ProposerContext,
): Proposer {
  const start = createInitialDesign(grid, settings.initialize, settings.population, seed);
  const population = createPopulation<Member, undefined>({
    capacity: settings.population,
    worth: ({ current }) => current.score,
    found: (current) => ({ current }),
  });

  return {
    propose(ask) {
      const { id, random } = ask;
      const first = start(ask);
      if (first !== undefined) return first;
      const target = population.turn(id);
      const others = population.members.filter((member) => member !== target);
      // The best of the three is the base: the run then needs fewer evaluations and keeps its spread.
      const [base, left, right] = random
        .permutation(others.length)
        .slice(0, 3)
        .map((i) => (others[i] as Member).current)
        .toSorted((a, b) => b.score - a.score)
        .map(({ point }) => point);
      if (target === undefined || base === undefined || left === undefined || right === undefined) {
        return uniformPoint(grid, random);
      }
      const mutant = mutate(base, left, right, settings.mutation_rate);
      population.launch(id, target, undefined);
      const forced = random.integer(grid.size);
      return crossover(
        mutant,
        target.current.point,
        (d) => d === forced || random.uniform() < settings.crossover_rate,
      );
    },
    observe(outcome) {
      const flight = population.land(outcome);
      // At least as good: on plateaus the member has to move on.
      if (
        flight !== undefined &&
        outcome.score !== undefined &&
        outcome.score >= flight.member.current.score
      ) {
        flight.member.current = outcome;
      }
    },
  };
}

/** base + F · (left − right), stopped at the walls. */
export function mutate(base: CubePoint, left: CubePoint, right: CubePoint, factor: number): number[] {
  return base.map((x, d) =>
    Math.min(1, Math.max(0, x + factor * ((left[d] as number) - (right[d] as number)))),
  );
}

/** A coordinate of the mutant where `chosen` says so, the target's elsewhere. */
export function crossover(mutant: CubePoint, target: CubePoint, chosen: (d: number) => boolean): number[] {
  return target.map((x, d) => (chosen(d) ? (mutant[d] as number) : x));
}
