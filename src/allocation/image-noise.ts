/**
 * How much the score of one image says about its merge. Once the effect of the image itself is taken off (image-effects.ts), what
 * is left differs from the trial's mean: this image likes that merge more than others do. Part of it is smooth, so that a
 * neighbour of the merge would show the same with the same image; the rest is each trial's own.
 */
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
/** The same for the smooth share. Where images are drawn with fixed seeds most of it was smooth. */
const ASSUMED_SHARE = { weight: 4, share: 0.7 };
/** Shares of 0 and 1 would be certainties. */
const SHARES = { least: 0.02, most: 0.98 };

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
  const share = variance > 0 ? smoothShare(rows, variance) : ASSUMED_SHARE.share;
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
 * Which share of the variance is smooth: neighbours that differ from their means in the same images speak for it. Of every
 * pair of trials, the product over their common images is regressed on how alike the merges are; both centred, because effects
 * and means were taken off.
 */
function smoothShare(rows: readonly Row[], variance: number): number {
  const likeness = centred(rows.map((one) => rows.map((other) => likenessOf(one.point, other.point))));
  const identity = -1 / rows.length;
  let products = ASSUMED_SHARE.weight * ASSUMED_SHARE.share;
  let squares = ASSUMED_SHARE.weight;
  for (const [i, one] of rows.entries()) {
    for (let j = 0; j < i; j++) {
      const common = commonProduct(one.left, rows[j]?.left ?? new Map());
      if (common === undefined) continue;
      const x = (likeness[i]?.[j] ?? 0) - identity;
      products += common.images * x * (common.mean / variance - identity);
      squares += common.images * x * x;
    }
  }
  return Math.min(SHARES.most, Math.max(SHARES.least, products / squares));
}

/** Mean product of what two trials have left in their common images, over one image less; undefined with fewer than two. */
function commonProduct(
  one: Row['left'],
  other: Row['left'],
): { readonly mean: number; readonly images: number } | undefined {
  const positions = [...one.keys()].filter((p) => other.has(p));
  if (positions.length < 2) return undefined;
  const a = positions.map((p) => one.get(p) ?? 0);
  const b = positions.map((p) => other.get(p) ?? 0);
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  const sum = a.reduce((total, value, k) => total + (value - meanA) * ((b[k] ?? 0) - meanB), 0);
  return { mean: sum / (positions.length - 1), images: positions.length - 1 };
}

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

function centred(matrix: readonly (readonly number[])[]): number[][] {
  const means = matrix.map(meanOf);
  const grand = meanOf(means);
  return matrix.map((line, i) => line.map((value, j) => value - (means[i] ?? 0) - (means[j] ?? 0) + grand));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
