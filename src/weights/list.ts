/** Weights as a list of numbers, on the command line or in a file. */
import { usageError } from '../errors.ts';
import { weightsFromList, type BlockWeights, type WeightOrder } from '../space/blocks.ts';
import type { FoundWeights } from './found.ts';

/** `mbw`: what sdweb-merge-block-weighted and bayesian-merger take, 25 numbers, or 26 with base alpha in front. */
export type NamedList = WeightOrder | 'mbw';

const NUMBER = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i;
const LIST_LIKE = /^\s*(?:\[\s*)?[-+]?(?:\d|\.\d)[^/\\]*,/;

/** Does the text begin as a list of numbers does? File names with a comma behind a number are asked for on disk first. */
export function looksLikeList(text: string): boolean {
  return LIST_LIKE.test(text);
}

/**
 * Reads a list whose order is told, or told by its length: 27 numbers are in search order, 25 in preset order.
 * @throws usage errors `weights-length`, `weights-not-finite`
 */
export function readList(text: string, order: NamedList | undefined): FoundWeights {
  const numbers = parseNumbers(text);
  const known = order ?? orderOfLength(numbers.length);
  const bad = numbers.findIndex((number) => !Number.isFinite(number));
  if (bad !== -1) {
    const cell = text.split(',')[bad]?.trim().slice(0, 40);
    throw usageError(
      'weights-not-finite',
      `Number ${bad + 1} of the list of weights is "${cell}", not a number.`,
    );
  }
  const origin = `the list, in ${known} order`;
  if (known === 'mbw') return { ...fromMbw(numbers), origin };
  return { weights: weightsFromList(numbers, known), origin, models: {}, sha256: {} };
}

/** Numbers separated by commas, in brackets or not; NaN for what is none. */
export function parseNumbers(text: string): number[] {
  return text
    .trim()
    .replace(/^\[(.*)\]$/s, '$1')
    .split(',')
    .map((cell) => (NUMBER.test(cell.trim()) ? Number(cell) : Number.NaN));
}

/**
 * A list of those tools. They have no numbers of their own for `time_embed`, which follows IN00, and `out`, which
 * follows OUT11: the weights are what they would merge.
 * @throws usage errors `weights-length`, `weights-not-finite`
 */
export function fromMbw(numbers: readonly number[]): Omit<FoundWeights, 'origin'> {
  const [base, rest] = numbers.length === 26 ? [numbers[0], numbers.slice(1)] : [undefined, numbers];
  const listed = weightsFromList(rest, 'preset');
  if (base !== undefined && !Number.isFinite(base)) {
    throw usageError('weights-not-finite', 'The first of the 26 numbers, base alpha, is not a number.');
  }
  return {
    weights: followers(listed),
    models: {},
    sha256: {},
    ...(base === undefined ? {} : { baseAlpha: base }),
  };
}

/** What tools with 25 numbers merge. */
export function followers(weights: BlockWeights): BlockWeights {
  const { IN00 = 0, OUT11 = 0 } = weights;
  return { ...weights, OUT: OUT11, TIME_EMBED: IN00 };
}

function orderOfLength(length: number): WeightOrder {
  if (length === 27) return 'search';
  if (length === 25) return 'preset';
  throw usageError(
    'weights-length',
    `A list of weights has 27 numbers (search order), or 25 (IN00 to IN11, M00, OUT00 to OUT11), but ${length} were given.`,
  );
}
