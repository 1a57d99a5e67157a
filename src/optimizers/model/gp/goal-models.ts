/** Where to look next when a search has several goals: one model of the scores for each, and what a point may add to their front. */
import type { CubePoint } from '../../ask-tell/grid.ts';
import type { Observation } from '../../ask-tell/proposer.ts';
import { freeBoxes, nondominated, type GoalPoint } from '../../math/pareto.ts';
import type { Rng } from '../../math/rng.ts';
import { logExpectedImprovement, type Acquisition } from './acquisition.ts';
import type { Comparison, GaussianProcess } from './gaussian-process.ts';
import { logExpectedHypervolumeImprovement } from './hypervolume-improvement.ts';
import { createScoreModel, type ScoreModel } from './score-model.ts';
import { quantile } from './standardise.ts';

export interface GoalModels {
  /** Observations that have a value for every goal, in the order of telling. */
  readonly observations: readonly Observation[];
  /** In the order of the goals. */
  readonly models: readonly ScoreModel[];
  /** What the models expect at each observation, standardised; a lucky value alone is no front. */
  readonly expected: readonly GoalPoint[];
  /** Positions among the observations. */
  readonly front: readonly number[];
  /** What is worse in a goal than a quarter of what was measured gains nothing, whatever it reaches in the others. */
  readonly reference: GoalPoint;
}

const WORTHLESS = 0.25;

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
    reference: quartiles(expected, count),
  };
}

function quartiles(points: readonly GoalPoint[], goals: number): GoalPoint {
  return Array.from({ length: goals }, (_, k) =>
    quantile(
      points.map((point) => point[k] ?? 0).toSorted((a, b) => a - b),
      WORTHLESS,
    ),
  );
}

/** What a point is expected to add to the front. @param boldness see {@link logExpectedHypervolumeImprovement} */
export function frontAcquisition(
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

/**
 * What a point is expected to gain in one weighting of the goals, drawn at random, on the observation that is expected to be the best
 * in it (as ParEGO, Knowles 2006): it looks between the points of the front where the hypervolume, with few scores, mostly looks beyond its
 * ends.
 * @param place where a point lies in the models
 */
export function weightingAcquisition(
  { models, observations, expected }: GoalModels,
  believed: readonly CubePoint[],
  size: number,
  place: (point: CubePoint) => CubePoint,
  random: Rng,
): Acquisition {
  // Uniform over all weightings: exponential numbers, of which only the proportions count.
  const drawn = models.map(() => -Math.log(1 - random.uniform()));
  const total = drawn.reduce((sum, one) => sum + one, 0);
  const weights = drawn.map((one) => one / total);
  const worth = expected.map((goals) => goals.reduce((sum, value, k) => sum + value * (weights[k] ?? 0), 0));
  const best = observations[worth.indexOf(Math.max(...worth))];
  const processes = models.map((model) => model.condition(believed));
  return logExpectedImprovement(weightedSum(processes, weights), place(best?.point ?? []), size);
}

/** Of independent processes. */
function weightedSum(
  processes: readonly GaussianProcess[],
  weights: readonly number[],
): Pick<GaussianProcess, 'comparedWith'> {
  return {
    comparedWith(point) {
      const parts = processes.map((process, k) => ({
        weight: weights[k] ?? 0,
        difference: process.comparedWith(point),
      }));
      const sum = (predictions: readonly ReturnType<Comparison['predict']>[]) => {
        let [mean, variance] = [0, 0];
        for (const [k, prediction] of predictions.entries()) {
          const { weight = 0 } = parts[k] ?? {};
          mean += weight * prediction.mean;
          variance += weight * weight * prediction.variance;
        }
        return { mean, variance };
      };
      return {
        predict: (x) => sum(parts.map(({ difference }) => difference.predict(x))),
        predictWithGradient(x, byMean, byVariance) {
          const own = parts.map(
            () => [new Float64Array(byMean.length), new Float64Array(byMean.length)] as const,
          );
          const predictions = parts.flatMap(({ difference }, k) => {
            const slopes = own[k];
            return slopes === undefined ? [] : [difference.predictWithGradient(x, slopes[0], slopes[1])];
          });
          for (let j = 0; j < byMean.length; j++) {
            let [mean, variance] = [0, 0];
            for (const [k, { weight }] of parts.entries()) {
              mean += weight * (own[k]?.[0][j] ?? 0);
              variance += weight * weight * (own[k]?.[1][j] ?? 0);
            }
            byMean[j] = mean;
            byVariance[j] = variance;
          }
          return sum(predictions);
        },
      };
    },
  };
}

/** How many trials came after the last one that is on the front. */
export function trialsSinceFront({ observations, front }: GoalModels): number {
  const last = Math.max(...front);
  return observations.filter(({ id }, i) => id !== undefined && i > last).length;
}
