/** Which blocks of the UNet a LoRA has, by the number of weights that lora-block-weight takes for it. */
import type { Architecture } from '../../../architectures/architecture.ts';
import { architectureRow, architectureRows } from '../../../architectures/registry.ts';
import type { ServerLora } from '../schemas.ts';
import type { LoraBlockCount } from './backend.ts';

/** A LyCORIS also has the blocks without attention. */
export type LoraKind = 'lora' | 'lycoris';

/** @throws RangeError for a family of which no LoRA has such a list */
export function countFor(architecture: Architecture, kind: LoraKind): LoraBlockCount {
  const { lists, title } = architectureRow(architecture);
  if (lists === undefined) throw new RangeError(`there are no block weight lists for a LoRA of ${title}`);
  return lists.loraCounts[kind];
}

export function architecturesOf(count: LoraBlockCount): readonly Architecture[] {
  return architectureRows()
    .filter(({ lists }) => lists?.loraCounts.lora === count || lists?.loraCounts.lycoris === count)
    .map(({ id }) => id);
}

/** By what its trainer has written into the file; a LoRA without a word is taken for a plain one. */
export function countOf({ metadata }: ServerLora, architecture: Architecture): LoraBlockCount {
  const words = ['ss_network_module', 'ss_network_args'].map((key) => JSON.stringify(metadata[key] ?? ''));
  return countFor(architecture, words.some((word) => /lycoris|conv_|locon/i.test(word)) ? 'lycoris' : 'lora');
}
