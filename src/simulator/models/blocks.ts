/** Which key belongs to which block: the simulated servers' own table, so that the product's is tested against another. */
import { blocksOf } from '../../space/blocks.ts';
import type { Architecture, BlockName } from '../../space/blocks.ts';
import { UNET_PREFIX } from './state-dict.ts';

/** Prefixes below `model.diffusion_model.`, final dot included: `input_blocks.1.` is none of `input_blocks.10.`. */
export function prefixOf(block: BlockName): string {
  if (block === 'M00') return 'middle_block.';
  if (block === 'OUT') return 'out.';
  if (block === 'TIME_EMBED') return 'time_embed.';
  const side = block.startsWith('IN') ? 'input_blocks' : 'output_blocks';
  return `${side}.${Number(block.slice(-2))}.`;
}

/** Undefined outside the UNet, and for `label_emb`. */
export function blockOfKey(key: string, architecture: Architecture): BlockName | undefined {
  if (!key.startsWith(UNET_PREFIX)) return undefined;
  const rest = key.slice(UNET_PREFIX.length);
  return blocksOf(architecture).find((block) => rest.startsWith(prefixOf(block)));
}
