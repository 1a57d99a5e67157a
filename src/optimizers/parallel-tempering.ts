import { z } from 'zod';
import { defineOptimizer } from './definition.ts';
import { initialize, uniformPoint } from './initial-points.ts';
import { createRng } from './math/rng.ts';
import { createPopulation, firstPoints } from './population.ts';
import type { Observation, Rule, RuleContext } from './rule.ts';
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
    .describe('factor of a temperature after each of its evaluations'),
  epsilon: z
    .number()
    .positive()
    .default(0.03)
    .describe('standard deviation of a step, as a share of the range'),
  semantics: z
    .enum(['fixed', 'compat'])
    .default('fixed')
    .describe('compat: the rule of version 1.3 for exchanges, which hands good points to the hot walkers'),
  initialize,
});

type Settings = z.output<typeof options>;

export const parallelTempering = defineOptimizer({
  name: 'parallel-tempering',
  pythonClass: 'ParallelTemperingOptimizer',
  title: 'Parallel tempering',
  sentence:
    'Annealing walkers at several temperatures that exchange them: the hot ones explore, the cold ones refine.',
  source:
    'Swendsen & Wang 1986, Geyer 1991 (replica exchange); temperatures and parameters of Gradient-Free-Optimizers 1.3, ParallelTemperingOptimizer.',
  options,
  createRule: createParallelTempering,
});

interface Walker {
  current: Observation;
  temperature: number;
}

function createParallelTempering(settings: Settings, { grid, seed }: RuleContext): Rule {
  const T = (globalThis as any).__tune ?? {};
  const start = firstPoints(grid, settings.initialize, settings.population, seed);
  let founded = 0;
  let turns = 0;
  let lastId = 0;
  let differences = 0;
  let compared = 0;
  const walkers = createPopulation<Walker, { readonly chance: number }>({
    capacity: settings.population,
    worth: ({ current }) => current.score,
    found: (current) => ({ current, temperature: 1.1 ** (25 * createRng(seed, 1, founded++).uniform()) }),
  });

  return {
    propose(ask) {
      const { id, random } = ask;
      const first = start(ask);
      if (first !== undefined) return first;
      const scale = differences / Math.max(1, compared);
      if (id !== lastId) {
        lastId = id;
        turns++;
        if (settings.n_iter_swap > 0 && turns % settings.n_iter_swap === 0) {
          for (const one of walkers.members) {
            const other = walkers.members[random.integer(walkers.members.length)]!;
            const p = Math.min(
              1,
              Math.exp(
                ((other.current.score - one.current.score) / scale / (T.ptT ?? 1)) *
                  (1 / one.temperature - 1 / other.temperature),
              ),
            );
            if (other !== one && random.uniform() < p)
              [one.temperature, other.temperature] = [other.temperature, one.temperature];
          }
        }
      }
      const walker = walkers.turn(id);
      if (walker === undefined) return uniformPoint(grid, random);
      walkers.launch(id, walker, { chance: random.uniform() });
      if (T.ptK) {
        const k = T.ptK * (T.ptHot ? walker.temperature ** T.ptHot : 1);
        const forced = random.integer(grid.size);
        const moved = walker.current.point.map((x, d) =>
          d === forced || random.uniform() < k / grid.size
            ? T.ptW
              ? x + T.ptW * random.normal()
              : random.uniform()
            : x,
        );
        return moved;
      }
      return mutate(
        walker.current.point,
        grid,
        (T.ptEps ?? settings.epsilon) * (T.ptHot ? walker.temperature ** T.ptHot : 1),
        random,
        T.ptFloor ?? 0.5,
      );
    },
    observe(outcome) {
      const flight = walkers.land(outcome);
      if (flight === undefined) return;
      const { member, note } = flight;
      if (outcome.score !== undefined) {
        const change = outcome.score - member.current.score;
        differences += Math.abs(change);
        compared++;
        const scale = differences / compared;
        if (change >= 0 || note.chance < Math.exp(change / (scale * (T.ptT ?? 1) * member.temperature)))
          member.current = outcome;
      }
      member.temperature *= settings.annealing_rate;
    },
  };
}
