/**
 * The mergeable blocks of a Stable Diffusion UNet and the orders in which lists of their weights travel.
 * Weights have names here; a bare list exists only together with the name of its order.
 */
import { usageError } from '../shared/errors.ts';

const IN = numbered('IN', 12);
const OUT = numbered('OUT', 12);

/** SD1.x and SD2.x: 27 blocks. The order is the search order: the columns of a history CSV. */
export const SEARCH_ORDER = [
  ...IN,
  'M00',
  'OUT',
  ...OUT,
  'TIME_EMBED',
] as const satisfies readonly BlockName[];

export type BlockName = `IN${Digits}` | 'M00' | `OUT${Digits}` | 'OUT' | 'TIME_EMBED';
type Digits = '00' | '01' | '02' | '03' | '04' | '05' | '06' | '07' | '08' | '09' | '10' | '11';

/** A weight for every block of an architecture; 0 = model A, 1 = model B. */
export type BlockWeights = Readonly<Partial<Record<BlockName, number>>>;

export type Architecture = 'sd1' | 'sd2' | 'sdxl';
export const ARCHITECTURES = ['sd1', 'sd2', 'sdxl'] as const satisfies readonly Architecture[];

/**
 * `search`: CSV columns, console, warm start. `recipe`: recipe files and checkpoint metadata.
 * `legacy`: recipes of the first extension, which swapped OUT and TIME_EMBED.
 * `preset`: 25 numbers, without OUT and TIME_EMBED.
 */
export type WeightOrder = 'search' | 'recipe' | 'legacy' | 'preset';

export const WEIGHT_ORDERS: Readonly<Record<WeightOrder, readonly BlockName[]>> = {
  search: SEARCH_ORDER,
  recipe: [...IN, 'M00', ...OUT, 'OUT', 'TIME_EMBED'],
  legacy: [...IN, 'M00', ...OUT, 'TIME_EMBED', 'OUT'],
  preset: [...IN, 'M00', ...OUT],
};

/** SDXL has no IN09..IN11 and OUT09..OUT11; `label_emb` stays model A's and is no block of the search. */
export const ABSENT_IN_SDXL: ReadonlySet<BlockName> = new Set<BlockName>([
  'IN09',
  'IN10',
  'IN11',
  'OUT09',
  'OUT10',
  'OUT11',
]);

/** The blocks of an architecture in search order: 27 for SD1 and SD2, 21 for SDXL. */
export function blocksOf(architecture: Architecture): readonly BlockName[] {
  return architecture === 'sdxl' ? SEARCH_ORDER.filter((name) => !ABSENT_IN_SDXL.has(name)) : SEARCH_ORDER;
}

export function isBlockName(text: string): text is BlockName {
  return (SEARCH_ORDER as readonly string[]).includes(text);
}

/**
 * Names a list of numbers. Lists have 27 numbers (25 for `preset`) whatever the architecture, as in all files
 * of the field; use {@link pickBlocks} to drop those that an architecture does not have.
 * @throws usage error `weights-length` or `weights-not-finite`
 */
export function weightsFromList(values: readonly number[], order: WeightOrder): BlockWeights {
  const names = WEIGHT_ORDERS[order];
  if (values.length !== names.length) {
    throw usageError(
      'weights-length',
      `A list of weights in ${order} order has ${names.length} numbers, but ${values.length} were given.`,
    );
  }
  const weights: Partial<Record<BlockName, number>> = {};
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

/** The list of an order; blocks without a weight (SDXL, presets) are written as `absent`, 0 unless told. */
export function weightsToList(weights: BlockWeights, order: WeightOrder, absent = 0): number[] {
  return WEIGHT_ORDERS[order].map((name) => weights[name] ?? absent);
}

/** Only the blocks of the architecture. */
export function pickBlocks(weights: BlockWeights, architecture: Architecture): BlockWeights {
  const picked: Partial<Record<BlockName, number>> = {};
  for (const name of blocksOf(architecture)) {
    const value = weights[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

/** The same weight for every block of the architecture. */
export function uniformWeights(value: number, architecture: Architecture): BlockWeights {
  return Object.fromEntries(blocksOf(architecture).map((name) => [name, value]));
}

function numbered<P extends 'IN' | 'OUT'>(prefix: P, count: number): `${P}${Digits}`[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(2, '0')}` as `${P}${Digits}`);
}
