/** Where to look next when a search has several goals: one model of the scores for each, and what a point may add to their front. */
import type { CubePoint } from '../../ask-tell/grid.ts';
import type { Observation } from '../../ask-tell/proposer.ts';
import { freeBoxes, nondominated, referencePoint, type GoalPoint } from '../../math/pareto.ts';
import type { Acquisition } from './acquisition.ts';
import { logExpectedHypervolumeImprovement } from './hypervolume-improvement.ts';
import { createScoreModel, type ScoreModel } from './score-model.ts';

export interface GoalModels {
  /** Observations that have a value for every goal, in the order of telling. */
  readonly observations: readonly Observation[];
  /** In the order of the goals. */
  readonly models: readonly ScoreModel[];
  /** What the models expect at each observation, standardised; a lucky value alone is no front. */
  readonly expected: readonly GoalPoint[];
  /** Positions among the observations. */
  readonly front: readonly number[];
  readonly reference: GoalPoint;
}

/** @param place where a point lies in the models @returns undefined where no observation has goals */
export function createGoalModels(
  told: readonly Observation[],
  size: number,
  place: (point: CubePoint) => CubePoint,
): GoalModels | undefined {
  const observations = told.filter(({ goals }) => goals !== undefined);
  const count = observations[0]?.goals?.length ?? 0;
  if (count === 0) return undefined;
  const models = Array.from({ length: count }, (_, k) =>
    createScoreModel(
      // The noise that was told is that of the one score.
      observations.map(({ id, point, goals }) => ({
        id,
        point: place(point),
        score: goals?.[k] ?? Number.NaN,
        variance: 0,
      })),
      size,
    ),
  );
  const expected = observations.map((_, i) => models.map((model) => model.expected[i] ?? 0));
  return {
    observations,
    models,
    expected,
    front: nondominated(expected),
    reference: referencePoint(expected),
  };
}

/** @param boldness see {@link logExpectedHypervolumeImprovement} */
export function goalAcquisition(
  { models, expected, front, reference }: GoalModels,
  believed: readonly CubePoint[],
  size: number,
  boldness: number,
): Acquisition {
  const boxes = freeBoxes(
    front.map((i) => expected[i] ?? []),
    reference,
  );
  return logExpectedHypervolumeImprovement(
    models.map((model) => model.condition(believed)),
    boxes,
    size,
    boldness,
  );
}

/** How many trials came after the last one that is on the front. */
export function trialsSinceFront({ observations, front }: GoalModels): number {
  const last = Math.max(...front);
  return observations.filter(({ id }, i) => id !== undefined && i > last).length;
}
