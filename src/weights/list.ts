/** Weights as a list of numbers, on the command line or in a file. */
import { isExpected, usageError } from '../shared/errors.ts';
import type { BlockWeights, WeightOrder } from '../architectures/architecture.ts';
import { architectureRows } from '../architectures/registry.ts';
import { FOLLOWERS, LIST_LENGTH, WEIGHT_ORDERS, weightsFromList } from '../architectures/sd-lists.ts';
import { FIELD_COUNTS, otherCount, readFieldList } from '../space/field-lists.ts';
import type { FoundWeights, ListOrder } from './weights-source.ts';

/** `mbw`: what sdweb-merge-block-weighted and bayesian-merger take, 25 numbers, or 26 with base alpha in front. */
export type NamedList = WeightOrder | 'mbw';

const NUMBER = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i;
const LIST_LIKE = /^\s*(?:\[\s*)?[-+]?(?:\d|\.\d)[^/\\]*,/;

/** Does the text begin as a list of numbers does? File names with a comma behind a number are asked for on disk first. */
export function looksLikeList(text: string): boolean {
  return LIST_LIKE.test(text);
}

/**
 * Reads a list whose order is told, or told by its length: 27 numbers are in search order, others as the tools of the
 * field write them.
 * @throws usage errors `weights-length`, `weights-not-finite`
 */
export function readList(text: string, order: NamedList | undefined): FoundWeights {
  const numbers = parseNumbers(text);
  const bad = numbers.findIndex((number) => !Number.isFinite(number));
  if (bad !== -1) {
    const cell = text.split(',')[bad]?.trim().slice(0, 40);
    throw usageError(
      'weights-not-finite',
      `Number ${bad + 1} of the list of weights is "${cell}", not a number.`,
    );
  }
  if (order === 'mbw') return { ...fromMbw(numbers), origin: `the list, in ${order} order` };
  if (order === 'preset') return fromField(numbers);
  if (order !== undefined) return inOrder(numbers, order);
  if (numbers.length === LIST_LENGTH) return inOrder(numbers, 'search');
  return fromField(numbers);
}

/** A list of the blocks that a smaller family has (21 of SDXL) is in the same order as one of 27. */
function inOrder(numbers: readonly number[], order: ListOrder): FoundWeights {
  const found = { models: {}, sha256: {} };
  const short = architectureRows().find(
    ({ lists, blocks: { length } }) =>
      lists !== undefined && length < LIST_LENGTH && length === numbers.length,
  );
  if (short !== undefined) {
    const names = WEIGHT_ORDERS[order].filter((name) => short.blocks.includes(name));
    const weights = Object.fromEntries(names.map((name, position) => [name, numbers[position] ?? 0]));
    const origin = `the list, in ${order} order of ${short.shortTitle}`;
    return { ...found, weights, architectures: [short.id], origin };
  }
  return { ...found, weights: weightsFromList(numbers, order), origin: `the list, in ${order} order` };
}

function fromField(numbers: readonly number[]): FoundWeights {
  try {
    const { layout, ...list } = readFieldList(numbers);
    return { ...list, origin: `the list, in ${layout}`, models: {}, sha256: {} };
  } catch (cause) {
    if (!isExpected(cause) || cause.code !== 'weights-length') throw cause;
    throw usageError(
      'weights-length',
      `A list of weights must have 27 numbers (search order), ${FIELD_COUNTS}; got ${numbers.length}${otherCount(numbers.length)}.`,
      { cause },
    );
  }
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
  const { layout: _, ...list } = readFieldList(numbers);
  const isClassic = numbers.length === WEIGHT_ORDERS.preset.length;
  const weights = isClassic ? followers(list.weights) : list.weights;
  return { ...list, ...(isClassic && { follows: true as const }), weights, models: {}, sha256: {} };
}

/** What tools with 25 numbers merge. */
export function followers(weights: BlockWeights): BlockWeights {
  const others = Object.entries(FOLLOWERS).map(([name, leader]) => [name, weights[leader] ?? 0] as const);
  return { ...weights, ...Object.fromEntries(others) };
}
