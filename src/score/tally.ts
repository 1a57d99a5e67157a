import { runError, usageError } from '../errors.ts';
import { didYouMean } from '../nearest-name.ts';

/** Which scores a tally can take; others would give NaN or turn the order round. */
export type TallyDomain = 'any' | 'non-negative' | 'positive';

interface Tally {
  /** As the Python tool calls it. */
  readonly title: string;
  readonly domain: TallyDomain;
  readonly reduce: (scores: readonly number[]) => number;
}

const TALLIES = {
  'arithmetic-mean': { title: 'Arithmetic Mean', domain: 'any', reduce: arithmetic },
  'geometric-mean': { title: 'Geometric Mean', domain: 'positive', reduce: geometric },
  'harmonic-mean': { title: 'Harmonic Mean', domain: 'positive', reduce: harmonic },
  // A root mean square would rate -3 above 2.
  'quadratic-mean': { title: 'Quadratic Mean', domain: 'non-negative', reduce: quadratic },
  'cubic-mean': { title: 'Cubic Mean', domain: 'any', reduce: cubic },
  'a-g-mean': {
    title: 'A/G Mean',
    domain: 'positive',
    reduce: (scores) => (arithmetic(scores) / geometric(scores)) * arithmetic(scores),
  },
  'g-h-mean': {
    title: 'G/H Mean',
    domain: 'positive',
    reduce: (scores) => (geometric(scores) / harmonic(scores)) * arithmetic(scores),
  },
  'a-h-mean': {
    title: 'A/H Mean',
    domain: 'positive',
    reduce: (scores) => (arithmetic(scores) / harmonic(scores)) * arithmetic(scores),
  },
  median: { title: 'Median', domain: 'any', reduce: median },
  min: { title: 'Min', domain: 'any', reduce: smallest },
  max: { title: 'Max', domain: 'any', reduce: largest },
  'mid-range': {
    title: 'Mid-Range',
    domain: 'any',
    reduce: (scores) => (smallest(scores) + largest(scores)) / 2,
  },
} as const satisfies Readonly<Record<string, Tally>>;

export type TallyName = keyof typeof TALLIES;

/** In the order of the Python tool's list; the first is the default. */
export const tallyNames: readonly TallyName[] = Object.keys(TALLIES).filter(isTallyName);

/**
 * One number from the scores of all pictures of a trial. The three ratio means are as in the Python tool:
 * A/G is (A / G) · A, G/H is (G / H) · A, A/H is (A / H) · A; they rise with the spread of the scores.
 * @param name kebab-case or title, see {@link resolveTally}
 * @throws run error `tally-empty`, `score-not-finite`, or `tally-needs-positive` where a score lies outside the tally's
 *   {@link tallyDomain}
 */
export function tally(name: string, scores: readonly number[]): number {
  const { title, domain, reduce }: Tally = TALLIES[resolveTally(name)];
  if (scores.length === 0) {
    throw runError(
      'tally-empty',
      `${title}: there is no score to tally; a trial needs at least one picture.`,
    );
  }
  for (const [position, score] of scores.entries()) {
    if (!Number.isFinite(score)) {
      throw runError(
        'score-not-finite',
        `${title}: score ${position + 1} is ${score}; look at the scorer that gave it.`,
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
  return reduce(scores);
}

/** True for the geometric and harmonic family: to be checked against the scorer's range before a run. */
export function tallyNeedsPositive(name: string): boolean {
  return tallyDomain(name) === 'positive';
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
  const hint = didYouMean(text, tallyNames);
  throw usageError(
    'tally-unknown',
    `There is no tally "${text}".${hint} Choose one of ${tallyNames.join(', ')}.`,
  );
}

function isTallyName(text: string): text is TallyName {
  return Object.hasOwn(TALLIES, text);
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z]/g, '');
}

function arithmetic(scores: readonly number[]): number {
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** Through logarithms: a product of many small scores would underflow. */
function geometric(scores: readonly number[]): number {
  return Math.exp(arithmetic(scores.map((score) => Math.log(score))));
}

function harmonic(scores: readonly number[]): number {
  return 1 / arithmetic(scores.map((score) => 1 / score));
}

function quadratic(scores: readonly number[]): number {
  return Math.sqrt(arithmetic(scores.map((score) => score ** 2)));
}

function cubic(scores: readonly number[]): number {
  return Math.cbrt(arithmetic(scores.map((score) => score ** 3)));
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
