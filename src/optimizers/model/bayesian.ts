import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import { logExpectedImprovement } from './gp/acquisition.ts';
import { beliefOf } from './gp/believe.ts';
import { embeddingOf } from './gp/choices.ts';
import { latinPoints } from './gp/design.ts';
import { maximiseOnGrid, type Effort } from './gp/maximise.ts';
import {
  createGoalModels,
  frontAcquisition,
  trialsSinceFront,
  weightingAcquisition,
  type GoalModels,
} from './gp/goal-models.ts';
import { createScoreModel, type ScoreModel } from './gp/score-model.ts';
import { createRng } from '../math/rng.ts';
import type { CubePoint } from '../ask-tell/grid.ts';
import type { AskContext, History, Observation, Proposer, ProposerContext } from '../ask-tell/proposer.ts';
import { highest } from '../../shared/extremes.ts';

const options = z.strictObject({
  starts: z
    .int()
    .min(1)
    .max(64)
    .default(7)
    .describe(
      'number of first points: each weight visits this many evenly spaced levels between its bounds once',
    ),
  middle: z
    .int()
    .min(0)
    .nullable()
    .default(null)
    .describe('number of trials after which the middle of the space is tried once; null: never'),
});

export const bayesian = defineOptimizer({
  name: 'bayesian',
  pythonClass: 'BayesianOptimizer',
  version: 1,
  title: 'Bayesian optimisation',
  sentence:
    'Learns a model of the scores and tries the point with the largest expected improvement; the default, for few and expensive trials.',
  source:
    'Gaussian process (linear + Matérn 5/2, a relevance per weight) with dimension-scaled priors (Hvarfner et al. 2024) and log expected improvement (Ament et al. 2023), maximised on the whole grid.',
  options,
  createProposer: createBayesianRule,
});

// A fitted model is too sure of regions that it has never seen: once the search only polishes its hill, every second
// ask mistrusts the model, the more the longer that lasts, and looks for another hill.
/** So many trials without a gain beyond the noise are no stall yet. */
const PATIENCE = 10;
/** So many stalled trials double the model's deviations. */
const CAUTION = 20;

// It is too sure of its trends as well: where both ends of a weight are poor, nothing makes it look between them. While
// trends leave much unexplained, following them still pays; a model that explains nearly every score has little left to
// find where it has looked. Every third ask then is that of a second opinion, which trusts no trend (gp/kernel.ts).
/** Share of the variance of the scores that the model does not explain. */
const DOUBT_NOISE = 0.01;
/** So few observations are explained by anything. */
const DOUBT_FROM = 16;
const DOUBT_EVERY = 3;

/** Points of the front that are started near, chosen again for every ask. */
const FRONT_ANCHORS = 8;

interface Ranked {
  readonly observation: Observation;
  /** Expected standardised score. */
  readonly expected: number;
}

function createBayesianRule(
  { starts, middle }: z.output<typeof options>,
  { grid, seed }: ProposerContext,
): Proposer {
  const design = latinPoints(grid.size, starts, createRng(seed, 0)).map((point) => grid.snap(point));
  const centre = grid.intervals.map(() => 0.5);
  const embedding = embeddingOf(grid);
  const place = (point: CubePoint): CubePoint => embedding?.place(point) ?? point;
  const size = embedding?.size ?? grid.size;
  let cached: { readonly model: ScoreModel; readonly revision: number } | undefined;
  let cachedGoals: { readonly models: GoalModels | undefined; readonly revision: number } | undefined;

  // Only for speed: the model is made from the observations alone, so nobody can tell when it was made.
  function modelOf({ observations, revision }: History): ScoreModel {
    if (cached?.revision !== revision) {
      const placed =
        embedding === undefined
          ? observations
          : observations.map((one) => ({ ...one, point: place(one.point) }));
      cached = { model: createScoreModel(placed, size), revision };
    }
    return cached.model;
  }

  function goalModelsOf({ observations, revision }: History): GoalModels | undefined {
    if (cachedGoals?.revision !== revision)
      cachedGoals = { models: createGoalModels(observations, size, place), revision };
    return cachedGoals.models;
  }

  /** Several goals: by turns what adds most to their front, and what gains most in a weighting of them. */
  function proposeByGoals(models: GoalModels, { id, random, history }: AskContext): CubePoint {
    const { open, failed, observations, isTaken } = history;
    const stalled = trialsSinceFront(models);
    const boldness = stalled > PATIENCE && id % 2 === 0 ? 1 + stalled / CAUTION : 1;
    const believed = [...open, ...failed].map(place);
    const improvement =
      id % 2 === 0
        ? frontAcquisition(models, believed, size, boldness)
        : weightingAcquisition(models, believed, size, place, random);
    const acquisition = embedding?.acquisition(improvement) ?? improvement;
    const front = models.front.map((i) => models.observations[i]?.point ?? centre);
    const anchors = random
      .permutation(front.length)
      .slice(0, FRONT_ANCHORS)
      .map((i) => front[i] ?? centre);
    const effort = effortFor(observations.length, boldness > 1);
    return (
      maximiseOnGrid(acquisition, grid, anchors, isTaken, effort, random) ?? grid.snap(anchors[0] ?? centre)
    );
  }

  return {
    propose(ask: AskContext) {
      const { id, random, history } = ask;
      if (grid.size === 0) return [];
      const { observations, open, failed } = history;
      const tried = observations.length + open.length + failed.length;
      const planned = tried < starts ? design.find((point) => !history.isTaken(point)) : undefined;
      if (planned !== undefined) return planned;
      if (tried === middle && !history.isTaken(grid.snap(centre))) return centre;
      if (observations.length === 0) return grid.intervals.map(() => random.uniform());

      const goals = goalModelsOf(history);
      if (goals !== undefined) return proposeByGoals(goals, ask);

      const model = modelOf(history);
      const sure = observations.length >= DOUBT_FROM && model.noise < DOUBT_NOISE;
      const doubting = sure && id % DOUBT_EVERY === 0;
      const believed = [...open, ...failed].map(place);
      const view = doubting ? model.doubt(believed) : model.condition(believed);
      const stalled = stalledTrials(observations, model);
      const boldness = !doubting && stalled > PATIENCE && id % 2 === 0 ? 1 + stalled / CAUTION : 1;
      const expected = doubting ? observations.map(({ point }) => view.mean(place(point))) : model.expected;
      const ranked = rank(observations, expected);
      const improvement = logExpectedImprovement(view, place(incumbentOf(ranked).point), size, boldness);
      const acquisition = embedding?.acquisition(improvement) ?? improvement;
      const anchors = ranked.slice(0, 5).map(({ observation }) => observation.point);
      const effort = effortFor(observations.length, boldness > 1);
      return (
        maximiseOnGrid(acquisition, grid, anchors, history.isTaken, effort, random) ??
        grid.snap(anchors[0] ?? centre)
      );
    },

    believe(history) {
      if (history.observations.length === 0) return undefined;
      if (embedding === undefined) return beliefOf(modelOf(history), history);
      const belief = beliefOf(modelOf(history), embedding.history(history));
      return belief && embedding.belief(belief);
    },

    recommend(history, isWanted) {
      if (grid.size === 0) return undefined;
      const model = modelOf(history);
      const ranked = rank(history.observations, model.estimated);
      const best = ranked.find(
        ({ observation }) => observation.id !== undefined && isWanted(observation.point),
      );
      return best && { observation: best.observation, expected: model.toScore(best.expected) };
    },
  };
}

/** Observations by what the model expects of them, the best first; a lucky score alone ranks nobody first. */
function rank(observations: readonly Observation[], values: readonly number[]): Ranked[] {
  return observations
    .map((observation, i) => ({ observation, expected: values[i] as number }))
    .toSorted((a, b) => b.expected - a.expected);
}

/** What there is to improve on: the best trial; while there is only learned data, its worst, so that its best is asked first. */
function incumbentOf(ranked: readonly Ranked[]): Observation {
  const own = ranked.find(({ observation }) => observation.id !== undefined);
  const incumbent = own ?? ranked.at(-1);
  if (incumbent === undefined) throw new Error('nothing was observed');
  return incumbent.observation;
}

/**
 * How many trials came after the first one that is as good as the best one to within the noise: since then the
 * search has only polished.
 */
function stalledTrials(observations: readonly Observation[], { expected, noise }: ScoreModel): number {
  const own = expected.filter((_, i) => observations[i]?.id !== undefined);
  const level = highest(own) - Math.sqrt(noise);
  return (
    own.length -
    Math.max(
      0,
      own.findIndex((value) => value >= level),
    )
  );
}

/** One look at the acquisition costs n²: with many observations fewer looks must do. */
function effortFor(count: number, bold: boolean): Effort {
  const climbs = count <= 200 ? 4 : count <= 400 ? 3 : 2;
  return {
    raw: count <= 400 ? 100 : 60,
    // A bold ask looks for another hill; the others mostly improve on the hill they know.
    nearClimbs: bold ? Math.floor(climbs / 2) : climbs,
    farClimbs: bold ? Math.ceil(climbs / 2) + 1 : 0,
    climbEvaluations: count <= 200 ? 25 : 20,
    polished: 1,
    sweeps: count <= 200 ? 3 : count <= 400 ? 2 : 1,
  };
}
