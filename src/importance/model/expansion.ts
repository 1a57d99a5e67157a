/** The model of a run's scores that effects are read off: a polynomial expansion whose scales are not known for certain. */
import { dot, inverse, solveLower, solveUpper, type Cholesky } from '../../optimizers/math/cholesky.ts';
import { createRng } from '../../optimizers/math/rng.ts';
import { DEGREES, likenesses, observe, writeFeatures, type Observations } from './basis.ts';
import { factoriseScores, negativeLogPosterior, priorMedians, toScales, type Scales } from './posterior.ts';
import { sampleScales, type Effort } from './sample-scales.ts';
import { drawFunction, type DrawnFunction } from './variance-shares.ts';

/** A standardised score, or a difference of two, as a normal distribution. */
export interface Expectation {
  readonly mean: number;
  readonly deviation: number;
}

export interface Expansion {
  readonly draws: readonly DrawnFunction[];
  /** Expected target of every point by the model without it. */
  readonly unseen: Float64Array;
  /** The score at x, images of its own aside. */
  predict(x: ArrayLike<number>): Expectation;
  /** By how much the score at x is above that at z, images of their own aside. */
  compare(x: ArrayLike<number>, z: ArrayLike<number>): Expectation;
}

/** Scales are drawn by so many points: more tell little more, and cost n³. */
const ENOUGH = 100;
/** Of fewer points more draws are affordable, and more is open. */
const EFFORT: Effort = { climb: 30, warmUp: 24, draws: 32, steps: 10 };
const LESS_EFFORT: Effort = { climb: 25, warmUp: 16, draws: 20, steps: 8 };
const FEW = 70;
/** Functions for each draw of the scales. */
const FUNCTIONS = 5;

/**
 * @param points within the unit cube
 * @param targets with mean 0 and variance 1
 * @param variances known ones of the targets
 */
export function fitExpansion(
  points: readonly (readonly number[])[],
  targets: Float64Array,
  variances: Float64Array,
  seed: number,
): Expansion {
  const all = observe(points, targets, variances);
  const likeness = likenesses(all);
  const chosen = evenly(points.length, ENOUGH);
  const some = observe(
    chosen.map((i) => points[i] ?? []),
    Float64Array.from(chosen, (i) => targets[i] as number),
    Float64Array.from(chosen, (i) => variances[i] as number),
  );
  const density = negativeLogPosterior(some, some.count === all.count ? likeness : likenesses(some));
  const effort = some.count <= FEW ? EFFORT : LESS_EFFORT;
  const random = createRng(seed, points.length);
  const models = sampleScales(density, priorMedians(all.size), effort, random).flatMap((logs) => {
    const scales = toScales(logs);
    const factor = factoriseScores(all, likeness, scales);
    return factor === undefined ? [] : [{ scales, factor, weights: weightsOf(all, factor) }];
  });
  return {
    draws: models.flatMap(({ scales, factor }) =>
      Array.from({ length: FUNCTIONS }, () => drawFunction(all, scales, factor, random)),
    ),
    unseen: unseenMeans(all, models),
    predict: (x) => mixture(models.map((model) => prediction(all, model, x))),
    compare: (x, z) => mixture(models.map((model) => comparison(all, model, x, z))),
  };
}

interface Model {
  readonly scales: Scales;
  readonly factor: Cholesky;
  /** K⁻¹ y. */
  readonly weights: Float64Array;
}

/** So many of `count` places, evenly spread. */
function evenly(count: number, most: number): number[] {
  const length = Math.min(count, most);
  return Array.from({ length }, (_, i) => Math.floor((i * count) / length));
}

function weightsOf({ count, targets }: Observations, factor: Cholesky): Float64Array {
  const weights = new Float64Array(count);
  solveLower(factor, targets, weights);
  solveUpper(factor, weights, weights);
  return weights;
}

/** Leaving one out needs no second fit: y − α / diag(K⁻¹) (Rasmussen & Williams 2006, 5.12), in the mean of all models. */
function unseenMeans({ count, targets }: Observations, models: readonly Model[]): Float64Array {
  const means = new Float64Array(count);
  for (const { factor, weights } of models) {
    const inverted = inverse(factor);
    for (let i = 0; i < count; i++) {
      const left = (weights[i] as number) / (inverted[i * count + i] as number);
      means[i] = (means[i] as number) + ((targets[i] as number) - left) / models.length;
    }
  }
  return means;
}

function prediction(
  data: Observations,
  { scales, factor, weights }: Model,
  x: ArrayLike<number>,
): Expectation {
  const { count } = data;
  const here = featuresOf(x);
  const known = covariances(data, here, scales);
  const mean = dot(known, 0, weights, 0, count);
  const prior = covariance(here, 0, here, scales);
  solveLower(factor, known, known);
  return { mean, deviation: Math.sqrt(Math.max(0, prior - dot(known, 0, known, 0, count))) };
}

function comparison(
  data: Observations,
  { scales, factor, weights }: Model,
  x: ArrayLike<number>,
  z: ArrayLike<number>,
): Expectation {
  const { count } = data;
  const [here, there] = [featuresOf(x), featuresOf(z)];
  const known = covariances(data, there, scales);
  const difference = covariances(data, here, scales).map((value, i) => value - (known[i] as number));
  const mean = dot(difference, 0, weights, 0, count);
  const prior =
    covariance(here, 0, here, scales) +
    covariance(there, 0, there, scales) -
    2 * covariance(here, 0, there, scales);
  solveLower(factor, difference, difference);
  const variance = prior - dot(difference, 0, difference, 0, count);
  return { mean, deviation: Math.sqrt(Math.max(0, variance)) };
}

/** Of one point with every observation. */
function covariances(
  { count, size, features }: Observations,
  point: Float64Array,
  scales: Scales,
): Float64Array {
  return Float64Array.from({ length: count }, (_, i) =>
    covariance(features, i * size * DEGREES, point, scales),
  );
}

function featuresOf(point: ArrayLike<number>): Float64Array {
  const features = new Float64Array(point.length * DEGREES);
  writeFeatures(point, features, 0);
  return features;
}

/** Of two points, the first one's features from `at` on. */
function covariance(
  features: Float64Array,
  at: number,
  other: Float64Array,
  { main, pairs }: Scales,
): number {
  let sum = 0;
  let squares = 0;
  for (let d = 0; d < main.length; d++) {
    const part = (main[d] as number) * dot(features, at + d * DEGREES, other, d * DEGREES, DEGREES);
    sum += part;
    squares += part * part;
  }
  return 1 + sum + (pairs * (sum * sum - squares)) / 2;
}

/** Mean and deviation of a mixture of equally likely normal distributions. */
export function mixture(parts: readonly Expectation[]): Expectation {
  const mean = parts.reduce((sum, part) => sum + part.mean, 0) / parts.length;
  const square = parts.reduce((sum, part) => sum + part.deviation ** 2 + (part.mean - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(square / parts.length) };
}
