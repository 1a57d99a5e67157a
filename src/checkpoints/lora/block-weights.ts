/** The lists of block weights that prompts for LoRAs use, told apart by their length. */
import { usageError } from '../../shared/errors.ts';
import { WEIGHT_ORDERS, type Architecture, type BlockName } from '../../space/blocks.ts';
import { ARCHITECTURE_NAMES } from '../architecture.ts';

/** BASE is the text encoder, or both of SDXL. */
export type LoraBlock = 'BASE' | BlockName;
export type LoraWeights = Readonly<Partial<Record<LoraBlock, number>>>;

interface WeightList {
  readonly names: readonly LoraBlock[];
  readonly fits: readonly Architecture[];
}

const ALL = WEIGHT_ORDERS.preset;
const LISTS: readonly WeightList[] = [
  // The blocks that hold attention.
  { names: ['BASE', ...pick('IN', [4, 5, 7, 8]), 'M00', ...pick('OUT', [0, 1, 2, 3, 4, 5])], fits: ['sdxl'] },
  {
    names: ['BASE', ...pick('IN', [1, 2, 4, 5, 7, 8]), 'M00', ...pick('OUT', [3, 4, 5, 6, 7, 8, 9, 10, 11])],
    fits: ['sd1', 'sd2'],
  },
  // All blocks.
  { names: ['BASE', ...ALL.filter((name) => !/(09|10|11)$/.test(name))], fits: ['sdxl'] },
  // The same list for every family, as presets are; SDXL has no use for six of its numbers.
  { names: ['BASE', ...ALL], fits: ['sd1', 'sd2', 'sdxl'] },
];

/**
 * Names a list of 12 or 20 (SDXL), 17 (SD1, SD2) or 26 numbers. A block without a name in the list has no weight: 0.
 * @throws usage error `lora-weights`
 */
export function nameLoraWeights(
  file: string,
  values: readonly number[],
  architecture: Architecture,
): LoraWeights {
  const list = LISTS.find(({ names }) => names.length === values.length);
  if (list?.fits.includes(architecture) === true) {
    return Object.fromEntries(list.names.map((name, i) => [name, values[i] ?? 0]));
  }
  const counts = LISTS.filter(({ fits }) => fits.includes(architecture)).map(({ names }) => names.length);
  throw usageError(
    'lora-weights',
    `The LoRA ${file} was given ${values.length} block weights; for ${ARCHITECTURE_NAMES[architecture]} a list has ${counts.join(' or ')} numbers.`,
  );
}

function pick(part: 'IN' | 'OUT', numbers: readonly number[]): BlockName[] {
  const wanted = new Set(numbers.map((number) => `${part}${String(number).padStart(2, '0')}`));
  return ALL.filter((name) => wanted.has(name));
}
