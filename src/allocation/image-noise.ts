/**
 * How much the score of one image says about its merge. Once the effect of the image itself is taken off (image-effects.ts), what
 * is left differs from the trial's mean: this image likes that merge more than others do. Part of it is smooth, so that a
 * neighbour of the merge would show the same with the same image; the rest is each trial's own.
 */
import { dot, factorise, logDeterminant, solveLower } from '../optimizers/math/cholesky.ts';
import type { ImageNoise } from '../optimizers/index.ts';
import type { ScoreRow } from './image-effects.ts';
import { imageEffects } from './image-effects.ts';

export interface NoiseSample {
  /** In the unit cube. */
  readonly point: readonly number[];
  readonly scores: ScoreRow;
}

/** Weight of what is assumed before there is data, in degrees of freedom: an image tells as much as half the spread of trials. */
const ASSUMED = { weight: 5, ofSpread: 0.5 };
/** Normal prior of the smooth share: where images are drawn with fixed seeds most of it was smooth. */
const ASSUMED_SHARE = { mean: 0.7, spread: 0.4 };
/** Shares that are weighed up; 0 and 1 would be certainties. */
const SHARES = [0.02, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95, 0.98];
/** So many trials tell the share; more cost n³. */
const ENOUGH = 100;

/** @returns undefined without two trials that have an image each */
export function imageNoise(samples: readonly NoiseSample[], total: number): ImageNoise | undefined {
  const present = samples.filter(({ scores }) => scores.some((score) => score !== undefined));
  if (present.length < 2) return undefined;
  const effects = imageEffects(
    present.map(({ scores }) => scores),
    total,
  );
  const rows = present.map(({ point, scores }) => ({ point, left: leftOver(scores, effects) }));
  const means = rows.map(({ left }) => meanOf([...left.values()]));
  const grand = meanOf(means);
  const spread = means.reduce((sum, mean) => sum + (mean - grand) ** 2, 0) / (means.length - 1);
  const seen = new Set(rows.flatMap(({ left }) => [...left.keys()])).size;
  let squares = 0;
  let freedom = 1 - seen;
  for (const [i, { left }] of rows.entries()) {
    freedom += left.size - 1;
    for (const value of left.values()) squares += (value - (means[i] ?? 0)) ** 2;
  }
  const variance =
    (squares + ASSUMED.weight * ASSUMED.ofSpread * spread) / (Math.max(0, freedom) + ASSUMED.weight);
  const share = variance > 0 ? smoothShare(rows, variance) : ASSUMED_SHARE.mean;
  return { shared: share * variance, own: (1 - share) * variance };
}

/** By position, for every image of the trial. */
function leftOver(scores: ScoreRow, effects: readonly number[]): Map<number, number> {
  const left = new Map<number, number>();
  for (const [p, score] of scores.entries()) {
    if (score !== undefined) left.set(p, score - (effects[p] ?? 0));
  }
  return left;
}

interface Row {
  readonly point: readonly number[];
  readonly left: ReadonlyMap<number, number>;
}

/**
 * Which share of the variance is smooth: the one under which the images of neighbours differ most likely as they do. Of every trial,
 * image by image, the difference to the mean of those before it (Helmert contrasts): different images are independent of each
 * other then, and each is one draw over the trials that have it.
 */
function smoothShare(rows: readonly Row[], variance: number): number {
  const used = rows.toSorted((one, other) => other.left.size - one.left.size).slice(0, ENOUGH);
  const likeness = used.map((one) => used.map((other) => likenessOf(one.point, other.point)));
  const draws = drawsOf(used.map(({ left }) => contrastsOf(left)));
  const posterior = SHARES.map((share) => {
    const z = (share - ASSUMED_SHARE.mean) / ASSUMED_SHARE.spread;
    return (
      -0.5 * z * z + draws.reduce((sum, draw) => sum + logLikelihood(draw, likeness, share, variance), 0)
    );
  });
  return SHARES[posterior.indexOf(Math.max(...posterior))] ?? ASSUMED_SHARE.mean;
}

/** By position, one number less than there are images; each has the variance of an image. */
function contrastsOf(left: ReadonlyMap<number, number>): Map<number, number> {
  const contrasts = new Map<number, number>();
  let sum = 0;
  let count = 0;
  for (const [p, value] of [...left].toSorted(([one], [other]) => one - other)) {
    if (count > 0) contrasts.set(p, (value - sum / count) * Math.sqrt(count / (count + 1)));
    sum += value;
    count++;
  }
  return contrasts;
}

/** Images that the same trials have. */
interface Draws {
  /** Places of the trials. */
  readonly trials: readonly number[];
  readonly values: Float64Array[];
}

function drawsOf(contrasts: readonly ReadonlyMap<number, number>[]): Draws[] {
  const draws = new Map<string, Draws>();
  for (const p of new Set(contrasts.flatMap((one) => [...one.keys()]))) {
    const trials = [...contrasts.keys()].filter((i) => contrasts[i]?.has(p) === true);
    const key = trials.join();
    const same = draws.get(key) ?? { trials, values: [] };
    same.values.push(Float64Array.from(trials, (i) => contrasts[i]?.get(p) ?? 0));
    draws.set(key, same);
  }
  return [...draws.values()];
}

/** Of all draws over the same trials; what every trial has in common is left out, for the effects of the images were taken off. */
function logLikelihood(
  { trials, values }: Draws,
  likeness: readonly (readonly number[])[],
  share: number,
  variance: number,
): number {
  const n = trials.length;
  const matrix = new Float64Array(n * n);
  for (const [a, i] of trials.entries()) {
    for (const [b, j] of trials.slice(0, a + 1).entries()) {
      matrix[a * n + b] =
        variance * (COMMON + share * (likeness[i]?.[j] ?? 0) + (i === j ? 1 - share + 1e-6 : 0));
    }
  }
  const factor = factorise(matrix, n, n);
  if (factor === undefined) return -Infinity;
  const solved = new Float64Array(n);
  let sum = -0.5 * values.length * logDeterminant(factor);
  for (const value of values) {
    solveLower(factor, value, solved);
    sum -= 0.5 * dot(solved, 0, solved, 0, n);
  }
  return sum;
}

/** Variance of what is common, over that of an image: nothing is known of it. */
const COMMON = 10;

/**
 * Half a trend, half bumps, as the model of the scores is made of: (12/d) x·z from the middle, and Matérn 5/2 with a lengthscale
 * of twice the distance of random merges.
 */
function likenessOf(one: readonly number[], other: readonly number[]): number {
  const size = Math.max(1, one.length);
  let squared = 0;
  let product = 0;
  for (const [d, x] of one.entries()) {
    const z = other[d] ?? 0;
    squared += (x - z) ** 2;
    product += (x - 0.5) * (z - 0.5);
  }
  const s = Math.sqrt((5 * squared * 6) / size) / 2;
  return (6 / size) * product + 0.5 * (1 + s + (s * s) / 3) * Math.exp(-s);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
