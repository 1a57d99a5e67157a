import { z } from 'zod';
import { defineOptimizer } from './definition.ts';
import { logExpectedImprovement } from './gp/acquisition.ts';
import { balancedCorners } from './gp/design.ts';
import { fitParameters } from './gp/fit.ts';
import { conditionOn, type GaussianProcess, type TrainingData } from './gp/gaussian-process.ts';
import { maximiseOnGrid, type Effort } from './gp/maximise.ts';
import { standardise, type Standardised } from './gp/standardise.ts';
import { createRng } from './math/rng.ts';
import type { AskContext, History, Observation, Rule, RuleContext } from './rule.ts';

const options = z.strictObject({
  starts: z.int().min(1).max(64).default(7).describe('designed points at balanced corners before the model takes over'),
});

export const bayesian = defineOptimizer({
  name: 'bayesian',
  pythonClass: 'BayesianOptimizer',
  title: 'Bayesian optimisation',
  sentence: 'default',
  source: '',
  options,
  createRule: (options, context) => createBayesianRule(options, context),
});

interface Model {
  readonly process: GaussianProcess;
  readonly scale: Standardised;
  /** Expected standardised score of every observation. */
  readonly expected: readonly number[];
}

function createBayesianRule({ starts }: z.output<typeof options>, { grid, seed }: RuleContext): Rule {
  const T = (globalThis as any).__tune ?? {};
  const design = balancedCorners(grid.size, starts, T.inset ?? 0, createRng(seed, 0));
  if (T.centre === true) design.unshift(design[0]!.map(() => 0.5));
  let cached: { readonly count: number; readonly model: Model } | undefined;

  function modelOf(history: History, room: number): Model {
    if (cached?.count === history.observations.length && room === 0) return cached.model;
    const model = fitModel(history.observations, grid.size, room);
    cached = { count: history.observations.length, model };
    return model;
  }

  return {
    propose({ random, history }: AskContext) {
      if (grid.size === 0) return [];
      const { observations } = history;
      const planned = design.find((point) => !history.isTaken(grid.snap(point)));
      const tried = observations.length + history.open.length + history.failed.length;
      if (planned !== undefined && tried < design.length) return planned;
      if (observations.length === 0) return grid.intervals.map(() => random.uniform());
      const phantoms = [...history.open, ...history.failed];
      const model = modelOf(history, phantoms.length + 1);
      for (const phantom of phantoms) model.process.believe(phantom);
      const ranked = observations
        .map((observation, i) => ({ observation, expected: model.expected[i] as number }))
        .toSorted((a, b) => b.expected - a.expected);
      const own = ranked.find(({ observation }) => observation.id !== undefined);
      const incumbent = own?.expected ?? Math.min(...model.expected);
      const acquisition = logExpectedImprovement(model.process, incumbent, grid.size);
      const anchors = ranked.slice(0, 5).map(({ observation }) => observation.point);
      const found = maximiseOnGrid(acquisition, grid, anchors, history.isTaken, effortFor(observations.length), random);
      return found ?? anchors[0] ?? [];
    },
    recommend(history) {
      const own = history.observations.flatMap((observation, i) => (observation.id === undefined ? [] : [i]));
      if (own.length === 0) return undefined;
      if (grid.size === 0) return undefined;
      const model = modelOf(history, 0);
      const index = own.reduce((best, i) => ((model.expected[i] as number) > (model.expected[best] as number) ? i : best));
      return {
        observation: history.observations[index] as Observation,
        expected: model.scale.toScore(model.expected[index] as number),
      };
    },
  };
}

function effortFor(_count: number): Effort {
  const T = (globalThis as any).__tune ?? {};
  return { raw: T.raw ?? 100, climbs: T.climbs ?? 4, climbEvaluations: T.ce ?? 25, polished: T.pol ?? 1, sweeps: T.sweeps ?? 3 };
}

function fitModel(observations: readonly Observation[], size: number, room: number): Model {
  const scale = standardise(observations.map(({ score }) => score));
  const count = observations.length;
  const points = new Float64Array(count * size);
  for (const [i, { point }] of observations.entries()) points.set(point, i * size);
  const extraNoise = Float64Array.from(observations, ({ variance }) => scale.toTargetVariance(variance));
  const data: TrainingData = { points, count, size, targets: scale.targets, extraNoise };
  const parameters = fitParameters(data, (globalThis as any).__tune?.fe ?? 25);
  const process = conditionOn(data, parameters, room);
  const expected = observations.map(({ point }) => process.predict(point).mean);
  return { process, scale, expected };
}
