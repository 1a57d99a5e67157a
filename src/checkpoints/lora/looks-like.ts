/** Which family a LoRA was made for, as far as its modules tell. */
import type { Architecture } from '../../space/blocks.ts';
import type { LoraFile } from './lora-file.ts';

/** Width of the text encoder that the cross-attention was made for. */
const CONTEXTS: ReadonlyMap<number, Architecture> = new Map([
  [768, 'sd1'],
  [1024, 'sd2'],
  [2048, 'sdxl'],
]);

/** @returns undefined where nothing tells */
export function looksLike({ modules }: Pick<LoraFile, 'modules'>): Architecture | undefined {
  if (modules.some(({ name }) => /^(lora_te[12]|text_encoder_2)_/.test(name))) return 'sdxl';
  for (const { name, measures } of modules) {
    const context = /_attn2_to_[kv]$/.test(name) ? CONTEXTS.get(measures.columns) : undefined;
    if (context !== undefined) return context;
  }
  for (const { name, measures } of modules) {
    const width = /_self_attn_[qkv]_proj$/.test(name) ? CONTEXTS.get(measures.columns) : undefined;
    if (width !== undefined) return width;
  }
  // Only SDXL has several transformer blocks in a row.
  return modules.some(({ name }) => /_transformer_blocks_[1-9]/.test(name)) ? 'sdxl' : undefined;
}
