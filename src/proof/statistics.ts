/**
 * What a proof has shown. Every comparison is paired: both candidates have the same fresh images, and only the differences
 * count. A difference is claimed when two judges agree: the confidence interval of its mean (Student's t, with the critical
 * value that all comparisons together ask for) leaves 0 out, and flipping its signs hardly ever gives as much. The first knows
 * how large it is, the second needs no bell curve.
 *
 * A further look at more images could find by patience what is not there: of the 5 % that may go wrong, each look at a
 * candidate's scores by the same scorers has its own share ({@link shareOfLook}), and all looks together have no more.
 *
 * Images are taken as a sample of the payloads' mixture, not payload by payload: with few images of each, that asks for more
 * than need be, and never for less.
 */
import { flipSigns } from './sign-flips.ts';
import { studentQuantile } from './student.ts';
import type { Comparison, CandidateName } from './proof.ts';

/** Of all intervals of all looks together. */
export const LEVEL = 0.95;

export interface Pairing {
  readonly of: CandidateName;
  readonly against: CandidateName;
  /** First minus second, by image; undefined where one of them is missing. All pairings have the images in the same order. */
  readonly differences: readonly (number | undefined)[];
}

export interface StatisticsSettings {
  /** 1 = the first look at these images. */
  readonly look: number;
  /** What each image counts, above 0. */
  readonly weights: readonly number[];
}

/** @returns one for each pairing that has at least two images, in their order */
export function compare(pairings: readonly Pairing[], { look, weights }: StatisticsSettings): Comparison[] {
  const samples = pairings.map((pairing) => sampleOf(pairing, weights)).filter(({ n }) => n >= 2);
  const alpha = shareOfLook(look);
  const flips = flipSigns(
    samples.map(({ weighted }) => weighted),
    samples.map(({ residuals }) => residuals),
    weights.length,
  );
  const stray = flips.strays[Math.ceil((1 - alpha) * flips.strays.length) - 1] ?? 0;
  return samples.map((sample, i) => {
    const critical = criticalValue(sample, stray, alpha, samples.length);
    return comparisonOf(sample, { critical, chance: flips.chance[i] ?? 1, alpha, look });
  });
}

/** Of the 5 %: 3 % for the first look, then 40 % of the share before, so that all of them have 5 % together. */
export function shareOfLook(look: number): number {
  return (1 - LEVEL) * 0.6 * 0.4 ** (look - 1);
}

/** With fewer images nothing can be claimed at that look: not even all of them on one side are unlikely enough. */
export function fewestImages(look: number): number {
  return Math.ceil(Math.log2(2 / shareOfLook(look)));
}

interface Sample extends Pairing {
  /** Images that both have. */
  readonly n: number;
  readonly mean: number;
  /** Of the mean. */
  readonly error: number;
  readonly degrees: number;
  /** Of the differences: below 0 where a few of them are far below the others. */
  readonly skew: number;
  readonly weighted: readonly number[];
  readonly residuals: readonly number[];
}

function sampleOf(pairing: Pairing, weights: readonly number[]): Sample {
  const { differences } = pairing;
  const weightAt = differences.map((difference, i) => (difference === undefined ? 0 : (weights[i] ?? 1)));
  const n = weightAt.filter((weight) => weight > 0).length;
  const total = sum(weightAt);
  const squares = sum(weightAt.map((weight) => weight ** 2));
  // Unequal weights leave less than the number of images says.
  const effective = squares > 0 ? total ** 2 / squares : 0;
  const weighted = differences.map((difference = 0, i) => difference * (weightAt[i] ?? 0));
  const mean = total > 0 ? sum(weighted) / total : 0;
  const residuals = differences.map((difference, i) =>
    difference === undefined ? 0 : (difference - mean) * (weightAt[i] ?? 0),
  );
  const spread = sum(residuals.map((residual) => residual ** 2)) / total ** 2;
  const error = effective > 1 ? Math.sqrt((spread * effective) / (effective - 1)) : Infinity;
  const skew = skewOf(residuals, n);
  return { ...pairing, n, mean, error, degrees: effective - 1, skew, weighted, residuals };
}

function skewOf(residuals: readonly number[], n: number): number {
  const power = (p: number): number => sum(residuals.map((residual) => residual ** p)) / n;
  const variance = power(2);
  return variance > 0 ? power(3) / variance ** 1.5 : 0;
}

/**
 * That of the flips, between what one comparison alone would ask for and what comparisons that have nothing in common would.
 * @param stray what flipped residuals stray by, in the share of cases that may go wrong
 */
function criticalValue({ n, degrees }: Sample, stray: number, alpha: number, comparisons: number): number {
  const alone = studentQuantile(degrees, alpha / 2);
  const apart = studentQuantile(degrees, alpha / 2 / comparisons);
  const room = n - stray ** 2;
  const flipped = room > 0 ? stray * Math.sqrt((n - 1) / room) : Infinity;
  return Math.min(apart, Math.max(alone, flipped));
}

interface Judging {
  readonly critical: number;
  readonly chance: number;
  readonly alpha: number;
  readonly look: number;
}

function comparisonOf(sample: Sample, { critical, chance, alpha, look }: Judging): Comparison {
  const { of, against, n, mean, error, skew, differences } = sample;
  const low = mean - error * (critical + skewAllowance(critical, n, -skew));
  const high = mean + error * (critical + skewAllowance(critical, n, skew));
  const isUnlikely = chance <= alpha;
  const result = isUnlikely && low > 0 ? 'better' : isUnlikely && high < 0 ? 'worse' : 'undecided';
  const isShown = result !== 'undecided';
  return {
    of,
    against,
    images: n,
    better: differences.filter((difference = 0) => difference > 0).length,
    worse: differences.filter((difference = 0) => difference < 0).length,
    mean,
    // An interval without 0 would say what the other judge denies.
    low: isShown ? low : Math.min(low, 0),
    high: isShown ? high : Math.max(high, 0),
    result,
    needed: isShown ? null : neededImages(sample, critical, look),
  };
}

/**
 * Where a few images fall far out on one side, such images are easily missed, and the mean lies farther on that side than a bell
 * curve would have it (the skewness correction of Johnson 1978): the interval is widened there, and nowhere made narrower.
 */
function skewAllowance(critical: number, n: number, skew: number): number {
  return (Math.max(0, skew) * (2 * critical ** 2 + 1)) / (6 * Math.sqrt(n));
}

/** For 4 of 5 proofs to show a difference as large as the one seen, at the next look. */
function neededImages({ n, mean, error }: Sample, critical: number, look: number): number | null {
  if (mean === 0) return null;
  const alpha = shareOfLook(look + 1);
  // The critical value falls with more images, and rises with a further look.
  const later = critical * (normalQuantile(alpha / 2) / normalQuantile(shareOfLook(look) / 2));
  const wanted = Math.min(critical, later) + POWER_80;
  const bySize = Math.ceil(n * (wanted * (error / Math.abs(mean))) ** 2);
  return Math.max(bySize, fewestImages(look + 1), n + 1);
}

/** Of the bell curve: 80 % lie below. */
const POWER_80 = 0.8416;

function normalQuantile(tail: number): number {
  return studentQuantile(1e6, tail);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
