/**
 * The lists of 27 and 25 numbers in which block weights of Stable Diffusion 1, 2 and XL travel: CSV, recipes, presets. They
 * are as long for SDXL, which has no use for six of the numbers. Weights have names everywhere else.
 */
import { usageError } from '../shared/errors.ts';
import type { BlockName, BlockWeights, ListFormats, WeightOrder } from './architecture.ts';

const IN = numbered('IN', 12);
const OUT = numbered('OUT', 12);

/** The 27 blocks of SD1.x and SD2.x in the order of a search: the columns of a history CSV. */
export const SEARCH_ORDER: readonly BlockName[] = [...IN, 'M00', 'OUT', ...OUT, 'TIME_EMBED'];

export const WEIGHT_ORDERS: Readonly<Record<WeightOrder, readonly BlockName[]>> = {
  search: SEARCH_ORDER,
  recipe: [...IN, 'M00', ...OUT, 'OUT', 'TIME_EMBED'],
  legacy: [...IN, 'M00', ...OUT, 'TIME_EMBED', 'OUT'],
  preset: [...IN, 'M00', ...OUT],
};

/** How many numbers a whole list has. */
export const LIST_LENGTH: number = SEARCH_ORDER.length;

/** Merge-block-weighted, supermerger and bayesian-merger. */
export const FOLLOWERS: ListFormats['followers'] = { OUT: 'OUT11', TIME_EMBED: 'IN00' };

/** By how many numbers a LoRA takes, BASE among them; without BASE here, which stands in front. */
export const LORA_LISTS: Readonly<Record<12 | 17 | 20 | 26, readonly BlockName[]>> = {
  12: [...pick(IN, [4, 5, 7, 8]), 'M00', ...OUT.slice(0, 6)],
  17: [...pick(IN, [1, 2, 4, 5, 7, 8]), 'M00', ...OUT.slice(3)],
  20: [...IN.slice(0, 9), 'M00', ...OUT.slice(0, 9)],
  26: WEIGHT_ORDERS.preset,
};

/**
 * Names a list of numbers. Lists have 27 numbers (25 for `preset`) whatever the architecture, as in all files
 * of the field; use `pickBlocks` to drop those that an architecture does not have.
 * @throws usage error `weights-length` or `weights-not-finite`
 */
export function weightsFromList(values: readonly number[], order: WeightOrder): BlockWeights {
  const names = WEIGHT_ORDERS[order];
  if (values.length !== names.length) {
    throw usageError(
      'weights-length',
      `A list of weights in ${order} order must have ${names.length} numbers; got ${values.length}.`,
    );
  }
  const weights: Record<BlockName, number> = {};
  for (const [position, name] of names.entries()) {
    const value = values[position];
    if (value === undefined || !Number.isFinite(value)) {
      throw usageError(
        'weights-not-finite',
        `The weight of ${name} (number ${position + 1}) is ${value}, not a number.`,
      );
    }
    weights[name] = value;
  }
  return weights;
}

/** The list of an order; blocks without a weight (SDXL, presets) are written as `absent`, 0 when left out. */
export function weightsToList(weights: BlockWeights, order: WeightOrder, absent = 0): number[] {
  return WEIGHT_ORDERS[order].map((name) => weights[name] ?? absent);
}

/** Is there a block among them that lists of Stable Diffusion have a place for? */
export function hasListedBlock(names: readonly BlockName[]): boolean {
  return names.some((name) => SEARCH_ORDER.includes(name));
}

/** Blocks with a weight that no list of 27 numbers has a place for: LABEL_EMB. */
export function unlistedBlocks(weights: BlockWeights): BlockName[] {
  return Object.keys(weights).filter((name) => !SEARCH_ORDER.includes(name));
}

/** Named one by one; layers of text encoders may be 60. */
const MOST_NAMED = 5;

/** `LABEL_EMB (0.5)`, joined by "and", for those of them that are not 0; undefined where the list holds all. */
export function unlistedInWords(weights: BlockWeights): string | undefined {
  const lost = unlistedBlocks(weights).filter((name) => weights[name] !== 0);
  const named = lost.slice(0, MOST_NAMED).map((name) => `${name} (${weights[name]})`);
  const more = lost.length > MOST_NAMED ? [`${lost.length - MOST_NAMED} more`] : [];
  return lost.length === 0 ? undefined : [...named, ...more].join(' and ');
}

function numbered(prefix: string, count: number): BlockName[] {
  return Array.from({ length: count }, (_, i) => prefix + String(i).padStart(2, '0'));
}

function pick(names: readonly BlockName[], positions: readonly number[]): BlockName[] {
  return names.filter((_, i) => positions.includes(i));
}
