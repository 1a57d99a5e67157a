/** Which family a LoRA was made for, as far as its modules tell. */
import type { Architecture } from '../../architectures/architecture.ts';
import { architectureRows } from '../../architectures/registry.ts';
import type { LoraFile } from './lora-file.ts';

/** The family whose text encoder is that wide. */
function familyOfWidth(width: number): Architecture | undefined {
  return architectureRows().find(({ contextWidth }) => contextWidth === width)?.id;
}

/** The family whose text encoders have more prefixes of modules than one. */
const TWO_ENCODERS = architectureRows().find(({ textEncoders }) => textEncoders.length > 1)?.id;

/** @returns undefined where nothing tells */
export function looksLike({ modules }: Pick<LoraFile, 'modules'>): Architecture | undefined {
  if (modules.some(({ name }) => /^(lora_te[12]|text_encoder_2)_/.test(name))) return TWO_ENCODERS;
  for (const { name, measures } of modules) {
    const context = /_attn2_to_[kv]$/.test(name) ? familyOfWidth(measures.columns) : undefined;
    if (context !== undefined) return context;
  }
  for (const { name, measures } of modules) {
    const width = /_self_attn_[qkv]_proj$/.test(name) ? familyOfWidth(measures.columns) : undefined;
    if (width !== undefined) return width;
  }
  // Only SDXL has several transformer blocks in a row.
  return modules.some(({ name }) => /_transformer_blocks_[1-9]/.test(name)) ? TWO_ENCODERS : undefined;
}
