/**
 * Which blocks the inputs of a merge node are for. A tensor takes the number of the longest input that its name begins with, so an input
 * is for a block when all names of the block's tensors begin with it.
 */
import type { BlockName } from '../../../architectures/architecture.ts';

export interface Coverage {
  /** Of each block that has one: the input for all of it. Blocks may share an input. */
  readonly inputOf: ReadonlyMap<BlockName, string>;
  /** Of inputs for a part of a block that another input is for as a whole: that block. */
  readonly parts: ReadonlyMap<string, BlockName>;
}

/**
 * What no node moves, whatever it is sent: ComfyUI changes the numbers of layers only, and these tensors belong to the network as a whole; the last
 * two are not even read from the file.
 */
export const UNMOVED: ReadonlySet<BlockName> = new Set([
  'pos_embed',
  'positional_encoding',
  'register_tokens',
  'cap_pad_token',
  'x_pad_token',
  'pos_embedder',
  'pos_embeds',
]);

export function coverageOf(inputs: readonly string[], blocks: readonly BlockName[]): Coverage {
  const inputOf = new Map<BlockName, string>();
  const parts = new Map<string, BlockName>();
  for (const block of blocks) {
    const names = `${block}.`;
    const whole = inputs.filter((input) => input !== '' && names.startsWith(input));
    const [longest] = whole.toSorted((x, y) => y.length - x.length);
    if (longest === undefined) continue;
    inputOf.set(block, longest);
    for (const input of inputs) {
      if (input.length > names.length && input.startsWith(names)) parts.set(input, block);
    }
  }
  return { inputOf, parts };
}

/** The blocks of each input, for those that have some. */
export function blocksByInput({ inputOf }: Coverage): ReadonlyMap<string, readonly BlockName[]> {
  const blocks = new Map<string, BlockName[]>();
  for (const [block, input] of inputOf) blocks.set(input, [...(blocks.get(input) ?? []), block]);
  return blocks;
}
