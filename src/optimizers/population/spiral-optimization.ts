import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import { initialize, uniformPoint } from '../ask-tell/initial-points.ts';
import { createInitialDesign } from '../ask-tell/initial-design.ts';
import { createPopulation } from './population.ts';
import type { Observation, Proposer, ProposerContext } from '../ask-tell/proposer.ts';

const options = z.strictObject({
  population: z.int().min(1).default(10).describe('number of points that spiral towards the centre'),
  decay_rate: z
    .number()
    .positive()
    .max(1)
    .default(0.99)
    .describe('factor by which the spirals shrink with every evaluation'),
  initialize,
});

export const spiralOptimization = defineOptimizer({
  name: 'spiral-optimization',
  pythonClass: 'SpiralOptimization',
  version: 1,
  title: 'Spiral optimisation',
  sentence:
    'Points circle around the best one in narrowing spirals: wide exploration first, refinement later.',
  source:
    'Tamura & Yasuda 2011, n-dimensional spiral; rotation and parameters of Gradient-Free-Optimizers 1.3, SpiralOptimization, with a step that does not depend on the size of the grid.',
  options,
  createProposer: createSpiral,
});

interface Spiral {
  /** Where it is, between grid points and outside the walls too. */
  position: readonly number[];
  readonly founder: Observation;
}

function createSpiral(settings: z.output<typeof options>, { grid, seed }: ProposerContext): Proposer {
  const start = createInitialDesign(grid, settings.initialize, settings.population, seed);
  const arms = createPopulation<Spiral, { readonly position: readonly number[] }>({
    capacity: settings.population,
    worth: ({ founder }) => founder.score,
    found: (founder) => ({ position: founder.point, founder }),
  });
  let centre: Observation | undefined;

  return {
    propose(ask) {
      const { id, random } = ask;
      const first = start(ask);
      if (first !== undefined) return first;
      const arm = arms.turn(id);
      if (arm === undefined || centre === undefined) return uniformPoint(grid, random);
      // Each arm moves once a round, so its own shrinking is that of a whole round.
      const factor = settings.decay_rate ** arms.members.length;
      const position = spiralStep(arm.position, centre.point, factor);
      arms.launch(id, arm, { position });
      return position;
    },
    observe(outcome) {
      const flight = arms.land(outcome);
      if (flight !== undefined) flight.member.position = flight.note.position;
      if (outcome.score !== undefined && (centre === undefined || outcome.score > centre.score))
        centre = outcome;
    },
  };
}

/** centre + factor · R (position − centre). */
export function spiralStep(position: ArrayLike<number>, centre: ArrayLike<number>, factor: number): number[] {
  const offset = Array.from(position, (x, d) => x - (centre[d] as number));
  return rotate(offset).map((v, d) => (centre[d] as number) + factor * v);
}

/** R: every coordinate moves on by one, the last comes first with its sign turned; an orthogonal matrix. */
export function rotate(vector: readonly number[]): number[] {
  return vector.map((_, d) => (d === 0 ? -(vector.at(-1) as number) : (vector[d - 1] as number)));
}
