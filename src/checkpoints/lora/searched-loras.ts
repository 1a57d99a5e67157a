/** LoRAs as a search names them among its parameters: `lora:detail` is the strength of the whole, `lora:detail@IN*` that of some blocks. */
import { blocksLike, inOrderOfExactness } from '../../architectures/block-patterns.ts';
import type { Architecture } from '../../architectures/architecture.ts';
import { architectureRow, blocksOf } from '../../architectures/registry.ts';
import { LORA_LISTS } from '../../architectures/sd-lists.ts';
import { LORA_PREFIX } from '../../space/parameters.ts';
import type { BlockWeights } from '../../space/blocks.ts';
import { titleOf } from '../architecture.ts';
import type { LoraArgument, LoraPart } from './argument.ts';
import { BASE, type LoraBlock, type LoraWeights } from './block-weights.ts';

export interface SearchedLora {
  /** As the search has it: not that of a file. */
  readonly name: string;
  /** Of the blocks that no part means. */
  readonly strength: number;
  /** By a block's name or a pattern; of several that mean a block the most exact one counts. Empty = the LoRA is taken as a whole. */
  readonly parts: readonly LoraPart[];
}

/** In the order in which they are first named. */
export function lorasIn(weights: BlockWeights): SearchedLora[] {
  const found = new Map<string, { strength: number; parts: LoraPart[] }>();
  for (const [name, value] of Object.entries(weights)) {
    if (!name.startsWith(LORA_PREFIX)) continue;
    const { base, pattern } = splitLora(name.slice(LORA_PREFIX.length));
    const lora = found.get(base) ?? { strength: 0, parts: [] };
    found.set(base, lora);
    if (pattern === undefined) lora.strength = value;
    else lora.parts.push([pattern, value]);
  }
  return [...found].map(([name, lora]) => ({ name, ...lora }));
}

/** Those that change something. */
export function activeLorasIn(weights: BlockWeights): SearchedLora[] {
  return lorasIn(weights).filter(
    ({ strength, parts }) => strength !== 0 || parts.some(([, value]) => value !== 0),
  );
}

/** @param name without what stands before the colon */
export function splitLora(name: string): { readonly base: string; readonly pattern: string | undefined } {
  const [base = name, pattern] = name.split('@');
  return { base, pattern };
}

/** What a LoRA of such a model may have a strength for: text encoders are BASE. */
export function loraBlocksOf(architecture: Architecture): readonly LoraBlock[] {
  const { lists } = architectureRow(architecture);
  return [BASE, ...(lists === undefined ? blocksOf(architecture) : LORA_LISTS[lists.loraCounts.lycoris])];
}

/**
 * The strength in every block of the model, those that lists of LoRAs have no place for among them (OUT, TIME_EMBED): no pattern means
 * these, but the star alone.
 * @param parts see {@link SearchedLora}; one that means no block is left out
 */
export function strengthsByBlock(
  { strength, parts }: Pick<SearchedLora, 'strength' | 'parts'>,
  architecture: Architecture,
): LoraWeights {
  const blocks = [BASE, ...blocksOf(architecture)];
  const rest = strengthOfRest({ strength, parts });
  const strengths: Record<LoraBlock, number> = Object.fromEntries(blocks.map((block) => [block, rest]));
  for (const [pattern, value] of inOrderOfExactness(parts.filter(([name]) => name !== ALL)))
    for (const block of blocksLike(pattern, loraBlocksOf(architecture))) strengths[block] = value;
  return strengths;
}

/** Of whatever no name and no other pattern means, parts of the network that are no block among it. */
export function strengthOfRest({ strength, parts }: Pick<SearchedLora, 'strength' | 'parts'>): number {
  return parts.findLast(([pattern]) => pattern === ALL)?.[1] ?? strength;
}

const ALL = '*';

/** One sentence about a pattern that means no block; undefined where it means some. */
export function whyNoLoraBlock(pattern: string, architecture: Architecture): string | undefined {
  const blocks = loraBlocksOf(architecture);
  if (blocksLike(pattern, blocks).length > 0) return undefined;
  return `"${pattern}" does not match any block of a LoRA for ${titleOf(architecture)}; its blocks are ${inWords(blocks)}.`;
}

/** How `autombw bake` takes it. @param file of the LoRA */
export function loraArgument({ strength, parts }: SearchedLora, file: string): LoraArgument {
  if (parts.length === 0) return { file, strength, weights: undefined };
  return { file, strength: 1, weights: undefined, parts: [[ALL, strength], ...parts] };
}

/** All names, of very many the first and the last. */
function inWords(blocks: readonly LoraBlock[]): string {
  if (blocks.length <= MOST_LISTED) return blocks.join(', ');
  return `${blocks.slice(0, 3).join(', ')} … ${blocks.at(-1) ?? ''}`;
}

const MOST_LISTED = 30;
