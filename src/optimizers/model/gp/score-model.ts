/** Observations in, a Gaussian process of standardised scores out. */
import type { CubePoint } from '../../ask-tell/grid.ts';
import type { Observation } from '../../ask-tell/proposer.ts';
import { fitParameters } from './fit.ts';
import { conditionOn, type GaussianProcess, type TrainingData } from './gaussian-process.ts';
import { doubted, type KernelParameters } from './kernel.ts';
import { standardise } from './standardise.ts';
import { fittingSubset } from './subset.ts';
import type { TargetNoise } from './worth.ts';

export interface ScoreModel {
  /** Number of observations that it was made from. */
  readonly count: number;
  /** Expected standardised score of every observation, in their order: of the smooth function alone. */
  readonly expected: readonly number[];
  /** The same with what the point's own score adds to it: what other images of the same merge would score. */
  readonly estimated: readonly number[];
  /** Fitted variance of a standardised score around the smooth function. */
  readonly noise: number;
  toScore(standardised: number): number;
  /** The process, with points taken as if they had been seen with their expected score. */
  condition(believed: readonly CubePoint[]): GaussianProcess;
  /** What one more image brings of its own; undefined where that was not told. */
  readonly imageNoise: TargetNoise | undefined;
  /** A difference of standardised scores near the best, as one of scores. */
  toScoreDifference(standardised: number): number;
  /** The same scores seen by somebody who trusts no trend: see {@link doubted}. */
  doubt(believed: readonly CubePoint[]): GaussianProcess;
}

/** Looks at the likelihood in a fit. */
const FIT_EVALUATIONS = 25;

/**
 * How much of a score's fitted noise belongs to the merge, so that other images would show it again; the rest is luck
 * with these images. The scores alone cannot tell the two apart. On real merges most of it is what the smooth function
 * misses: there, handing out the best expectation alone was worse than handing out the best score.
 */
const OWN_SHARE = 0.8;

/** @param size coordinates of a point */
export function createScoreModel(observations: readonly Observation[], size: number): ScoreModel {
  const scale = standardise(observations.map(({ score }) => score));
  const variances = Float64Array.from(observations, ({ variance, images, noise }) =>
    scale.toTargetVariance(variance + (noise === undefined ? 0 : noise.own / (images ?? Infinity))),
  );
  const shared = Float64Array.from(observations, ({ images, noise }) =>
    noise === undefined ? 0 : scale.toTargetVariance(noise.shared / (images ?? Infinity)),
  );
  const points = observations.map(({ point }) => point);
  const indices = observations.map((_, i) => i);
  const data = select(indices, points, { targets: scale.targets, extraNoise: variances, shared }, size);
  const few = fittingSubset(scale.targets);
  const parameters = fitParameters(
    select(few, points, { targets: scale.targets, extraNoise: variances, shared }, size),
    FIT_EVALUATIONS,
  );
  const plain = conditionOn(data, parameters, 0);
  const noise = observations.findLast((observation) => observation.noise !== undefined)?.noise;
  const expected = points.map((point) => plain.mean(point));
  return {
    count: observations.length,
    expected,
    estimated: expected.map((mean, i) => {
      const own = OWN_SHARE * parameters.noise;
      const share = own / (parameters.noise + (variances[i] as number));
      return mean + share * ((scale.targets[i] as number) - mean);
    }),
    noise: parameters.noise,
    toScore: (standardised) => scale.toScore(standardised),
    toScoreDifference: (standardised) => standardised / Math.sqrt(scale.toTargetVariance(1)),
    imageNoise: noise && {
      shared: scale.toTargetVariance(noise.shared),
      own: scale.toTargetVariance(noise.own),
    },
    condition: (believed) => (believed.length === 0 ? plain : believing(data, parameters, believed)),
    doubt: (believed) => believing(data, doubted(parameters), believed),
  };
}

function believing(
  data: TrainingData,
  parameters: KernelParameters,
  believed: readonly CubePoint[],
): GaussianProcess {
  const process = conditionOn(data, parameters, believed.length);
  for (const point of believed) process.believe(point);
  return process;
}

function select(
  indices: readonly number[],
  points: readonly CubePoint[],
  { targets, extraNoise, shared }: Pick<TrainingData, 'targets' | 'extraNoise' | 'shared'>,
  size: number,
): TrainingData {
  const chosen = new Float64Array(indices.length * size);
  for (const [row, i] of indices.entries()) chosen.set(points[i] ?? [], row * size);
  return {
    points: chosen,
    count: indices.length,
    size,
    targets: Float64Array.from(indices, (i) => targets[i] as number),
    extraNoise: Float64Array.from(indices, (i) => extraNoise[i] as number),
    shared: Float64Array.from(indices, (i) => shared[i] as number),
  };
}
