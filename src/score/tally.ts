import { runError, usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';

/** Which scores a tally can take; others would give NaN or turn the order round. */
export type TallyDomain = 'any' | 'non-negative' | 'positive';

interface Tally {
  /** As the Python tool calls it. */
  readonly title: string;
  readonly domain: TallyDomain;
  /** Weights of payloads mean something to it; an order of scores knows none. */
  readonly isMean: boolean;
  readonly reduce: (scores: readonly number[], weights: readonly number[]) => number;
}

const TALLIES = {
  'arithmetic-mean': { title: 'Arithmetic Mean', domain: 'any', isMean: true, reduce: arithmetic },
  'geometric-mean': { title: 'Geometric Mean', domain: 'positive', isMean: true, reduce: geometric },
  'harmonic-mean': { title: 'Harmonic Mean', domain: 'positive', isMean: true, reduce: harmonic },
  // A root mean square would rate -3 above 2.
  'quadratic-mean': { title: 'Quadratic Mean', domain: 'non-negative', isMean: true, reduce: quadratic },
  'cubic-mean': { title: 'Cubic Mean', domain: 'any', isMean: true, reduce: cubic },
  'a-g-mean': {
    title: 'A/G Mean',
    domain: 'positive',
    isMean: true,
    reduce: (scores, weights) =>
      (arithmetic(scores, weights) / geometric(scores, weights)) * arithmetic(scores, weights),
  },
  'g-h-mean': {
    title: 'G/H Mean',
    domain: 'positive',
    isMean: true,
    reduce: (scores, weights) =>
      (geometric(scores, weights) / harmonic(scores, weights)) * arithmetic(scores, weights),
  },
  'a-h-mean': {
    title: 'A/H Mean',
    domain: 'positive',
    isMean: true,
    reduce: (scores, weights) =>
      (arithmetic(scores, weights) / harmonic(scores, weights)) * arithmetic(scores, weights),
  },
  median: { title: 'Median', domain: 'any', isMean: false, reduce: median },
  min: { title: 'Min', domain: 'any', isMean: false, reduce: smallest },
  max: { title: 'Max', domain: 'any', isMean: false, reduce: largest },
  'mid-range': {
    title: 'Mid-Range',
    domain: 'any',
    isMean: false,
    reduce: (scores) => (smallest(scores) + largest(scores)) / 2,
  },
  // Beyond the Python tool's list: one lucky or broken image counts for less.
  'trimmed-mean': { title: 'Trimmed Mean', domain: 'any', isMean: false, reduce: trimmed },
  'lower-quantile': { title: 'Lower Quantile', domain: 'any', isMean: false, reduce: lowerQuantile },
} as const satisfies Readonly<Record<string, Tally>>;

export type TallyName = keyof typeof TALLIES;

/** The twelve of the Python tool in its order, then ours; the first is the default. */
export const tallyNames: readonly TallyName[] = Object.keys(TALLIES).filter(isTallyName);

/**
 * One number from the scores of all images of a trial. The three ratio means are as in the Python tool:
 * A/G is (A / G) · A, G/H is (G / H) · A, A/H is (A / H) · A; they rise with the spread of the scores. The trimmed mean leaves
 * out a tenth of the images at each end (rounded down), the lower quantile is the one that a quarter of them lies below.
 * @param weights of the scores, above 0, for means; all alike unless given
 * @param name kebab-case or title, see {@link resolveTally}
 * @throws run error `tally-empty`, `score-not-finite`, or `tally-needs-positive` where a score lies outside the tally's
 *   {@link tallyDomain}
 */
export function tally(
  name: string,
  scores: readonly number[],
  weights: readonly number[] = scores.map(() => 1),
): number {
  const { title, domain, reduce }: Tally = TALLIES[resolveTally(name)];
  if (scores.length === 0) {
    throw runError(
      'tally-empty',
      `${title}: there are no scores to combine; an iteration needs at least one image.`,
    );
  }
  for (const [position, score] of scores.entries()) {
    if (!Number.isFinite(score)) {
      throw runError(
        'score-not-finite',
        `${title}: score ${position + 1} is ${score}; check the scorer that gave it.`,
      );
    }
    if (score < 0 ? domain !== 'any' : score === 0 && domain === 'positive') {
      throw runError(
        'tally-needs-positive',
        `${title} needs ${domain} scores, but score ${position + 1} is ${score}; ` +
          'choose another tally, such as arithmetic-mean, or map the scorer to positive values.',
      );
    }
  }
  return reduce(scores, weights);
}

/** True for the geometric and harmonic family: to be checked against the scorer's range before a run. */
export function tallyNeedsPositive(name: string): boolean {
  return tallyDomain(name) === 'positive';
}

/** Does it heed the weights of payloads? */
export function tallyIsMean(name: string): boolean {
  return TALLIES[resolveTally(name)].isMean;
}

/** Tallies whose number moves one way with the count of scores, whatever these are. */
const COUNT_BOUND: ReadonlySet<TallyName> = new Set<TallyName>(['min', 'max', 'lower-quantile']);

/** Would trials with unequal numbers of images be compared by those numbers? The worst of twelve is worse than that of two. */
export function tallyNeedsEqualCounts(name: string): boolean {
  return COUNT_BOUND.has(resolveTally(name));
}

/**
 * Before the run, not at its three hundredth iteration.
 * @param range of the scores
 * @throws usage error `tally-domain`
 */
export function checkTally(name: string, { min }: { readonly min: number | null }): void {
  const domain = tallyDomain(name);
  // A bound of 0 is let through: a sigmoid never reaches it, and a score of exactly 0 fails its trial.
  if (domain === 'any' || (min !== null && min >= 0)) return;
  throw usageError(
    'tally-domain',
    `${tallyTitle(name)} needs ${domain} scores, but these may be ${min === null ? 'anything' : `as low as ${min}`}: map them first, for example with --score-map NAME=sigmoid, or choose --tally arithmetic-mean.`,
  );
}

export function tallyDomain(name: string): TallyDomain {
  return TALLIES[resolveTally(name)].domain;
}

export function tallyTitle(name: string): string {
  return TALLIES[resolveTally(name)].title;
}

/**
 * The name that a user or a file of the Python tool means: `a-g-mean`, `A/G Mean` and `A/G` are one; letter case and punctuation
 * do not count.
 * @throws usage error `tally-unknown`
 */
export function resolveTally(text: string): TallyName {
  const wanted = fold(text);
  const found = tallyNames.find((name) => fold(name) === wanted || fold(name) === `${wanted}mean`);
  if (found !== undefined) return found;
  const [usual, ...others] = tallyNames;
  const hint = didYouMean(text, tallyNames);
  throw usageError(
    'tally-unknown',
    `There is no tally "${text}".${hint} Choose ${usual} (the usual average), or one of ${others.join(', ')}.`,
  );
}

function isTallyName(text: string): text is TallyName {
  return Object.hasOwn(TALLIES, text);
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z]/g, '');
}

function arithmetic(scores: readonly number[], weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return scores.reduce((sum, score, i) => sum + (weights[i] ?? 1) * score, 0) / total;
}

/** Through logarithms: a product of many small scores would underflow. */
function geometric(scores: readonly number[], weights: readonly number[]): number {
  return Math.exp(arithmetic(scores.map(Math.log), weights));
}

function harmonic(scores: readonly number[], weights: readonly number[]): number {
  const inverse = scores.map((score) => 1 / score);
  return 1 / arithmetic(inverse, weights);
}

function quadratic(scores: readonly number[], weights: readonly number[]): number {
  const squares = scores.map((score) => score ** 2);
  return Math.sqrt(arithmetic(squares, weights));
}

function cubic(scores: readonly number[], weights: readonly number[]): number {
  const cubes = scores.map((score) => score ** 3);
  return Math.cbrt(arithmetic(cubes, weights));
}

const TRIMMED_SHARE = 0.1;

function trimmed(scores: readonly number[]): number {
  const cut = Math.floor(scores.length * TRIMMED_SHARE);
  const kept = scores.toSorted((a, b) => a - b).slice(cut, scores.length - cut);
  return kept.reduce((sum, score) => sum + score, 0) / kept.length;
}

const LOWER_SHARE = 0.25;

/** Between the two nearest, linearly (Hyndman and Fan 1996, type 7, as NumPy's). */
function lowerQuantile(scores: readonly number[]): number {
  const sorted = scores.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * LOWER_SHARE;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (place - Math.floor(place)) * (above - below);
}

function median(scores: readonly number[]): number {
  const sorted = scores.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function smallest(scores: readonly number[]): number {
  return scores.reduce((least, score) => Math.min(least, score), Infinity);
}

function largest(scores: readonly number[]): number {
  return scores.reduce((most, score) => Math.max(most, score), -Infinity);
}
