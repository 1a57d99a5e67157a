/** Which blocks of the UNet a LoRA has, by the number of weights that lora-block-weight takes for it. */
import { WEIGHT_ORDERS } from '../../../space/blocks.ts';
import type { Architecture, BlockName } from '../../../space/blocks.ts';
import type { ServerLora } from '../schemas.ts';
import type { LoraBlockCount } from './merge-way.ts';

/** In the order of the weights, without BASE, which stands before them. */
export const LORA_BLOCKS: Readonly<Record<LoraBlockCount, readonly BlockName[]>> = {
  12: [...named('IN', [4, 5, 7, 8]), 'M00', ...named('OUT', range(0, 5))],
  17: [...named('IN', [1, 2, 4, 5, 7, 8]), 'M00', ...named('OUT', range(3, 11))],
  20: [...named('IN', range(0, 8)), 'M00', ...named('OUT', range(0, 8))],
  26: WEIGHT_ORDERS.preset,
};

/** A LyCORIS also has the blocks without attention. */
export type LoraKind = 'lora' | 'lycoris';

export function countFor(architecture: Architecture, kind: LoraKind): LoraBlockCount {
  if (architecture === 'sdxl') return kind === 'lora' ? 12 : 20;
  return kind === 'lora' ? 17 : 26;
}

export function architecturesOf(count: LoraBlockCount): readonly Architecture[] {
  return count === 12 || count === 20 ? ['sdxl'] : ['sd1', 'sd2'];
}

/** By what its trainer has written into the file; a LoRA without a word is taken for a plain one. */
export function countOf({ metadata }: ServerLora, architecture: Architecture): LoraBlockCount {
  const words = ['ss_network_module', 'ss_network_args'].map((key) => JSON.stringify(metadata[key] ?? ''));
  return countFor(architecture, words.some((word) => /lycoris|conv_|locon/i.test(word)) ? 'lycoris' : 'lora');
}

function named(prefix: 'IN' | 'OUT', numbers: readonly number[]): readonly BlockName[] {
  return WEIGHT_ORDERS.preset.filter((name) =>
    numbers.some((number) => name === `${prefix}${String(number).padStart(2, '0')}`),
  );
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
