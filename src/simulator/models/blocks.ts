/** Which key belongs to which block: the simulated servers' own table, so that the product's is tested against another. */
import { allBlocksOf, architectureRow } from '../../architectures/registry.ts';
import { blocksOf } from '../../space/blocks.ts';
import type { Architecture, BlockName } from '../../space/blocks.ts';
import { UNET_PREFIX } from './state-dict.ts';

/** The blocks by which a network's place in the landscape is told. */
export function blockNamesOf(architecture: Architecture): readonly BlockName[] {
  return isTransformer(architecture) ? allBlocksOf(architecture) : blocksOf(architecture);
}

function isTransformer(architecture: Architecture): boolean {
  return architectureRow(architecture).layout !== undefined;
}

/** Prefixes below `model.diffusion_model.`, final dot included: `input_blocks.1.` is none of `input_blocks.10.`. */
export function prefixOf(block: BlockName): string {
  if (block === 'M00') return 'middle_block.';
  if (block === 'OUT') return 'out.';
  if (block === 'TIME_EMBED') return 'time_embed.';
  const side = block.startsWith('IN') ? 'input_blocks' : 'output_blocks';
  return `${side}.${Number(block.slice(-2))}.`;
}

/**
 * Undefined outside the UNet, and for `label_emb`. Blocks of transformers are named as their keys begin, and the longest name
 * counts.
 */
export function blockOfKey(key: string, architecture: Architecture): BlockName | undefined {
  if (!key.startsWith(UNET_PREFIX)) return undefined;
  const rest = key.slice(UNET_PREFIX.length);
  if (!isTransformer(architecture)) {
    return blocksOf(architecture).find((block) => rest.startsWith(prefixOf(block)));
  }
  const words = rest.split('.');
  const names = namesOf(architecture);
  for (let length = words.length; length > 0; length--) {
    const name = words.slice(0, length).join('.');
    if (names.has(name)) return name;
  }
  return undefined;
}

const known = new Map<Architecture, ReadonlySet<BlockName>>();

function namesOf(architecture: Architecture): ReadonlySet<BlockName> {
  const found = known.get(architecture) ?? new Set(allBlocksOf(architecture));
  known.set(architecture, found);
  return found;
}
