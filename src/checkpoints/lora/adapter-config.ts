/**
 * The alpha of files that diffusers saves with PEFT: not in tensors, but once for every part in the metadata, as JSON under
 * `lora_adapter_metadata` with keys like `unet.lora_alpha` (or `lora_alpha`, where only the UNet was saved).
 */
import { z } from 'zod';
import { usageError } from '../../shared/errors.ts';
import { parseJson } from '../../shared/parse-json.ts';
import type { CheckpointFile } from '../checkpoint-file.ts';

/** The scale of a module by its name (keys.ts) and rank; 1 where the metadata tell none. */
export type AdapterScale = (module: string, rank: number) => number;

const configSchema = z.record(z.string(), z.unknown());
const PARTS = [
  ['lora_unet_', 'unet.'],
  ['text_encoder_2_', 'text_encoder_2.'],
  ['text_encoder_', 'text_encoder.'],
] as const;

/** @throws usage error `lora-unsupported` where layers have alphas of their own there */
export function adapterScale({ path, metadata }: CheckpointFile): AdapterScale {
  const parsed = configSchema.safeParse(parseJson(metadata.get('lora_adapter_metadata')));
  const config = new Map(Object.entries(parsed.success ? parsed.data : {}));
  for (const [key, value] of config) {
    const isPattern = /(^|\.)alpha_pattern$/.test(key) && typeof value === 'object' && value !== null;
    if (isPattern && Object.keys(value).length > 0) {
      throw usageError(
        'lora-unsupported',
        `${path} stores its alphas in the metadata (${key}), which bake cannot apply; save it with alpha tensors, e.g. in kohya's format.`,
      );
    }
  }
  return (module, rank) => {
    const [, part = ''] = PARTS.find(([prefix]) => module.startsWith(prefix)) ?? [];
    const alpha = config.get(`${part}lora_alpha`) ?? config.get('lora_alpha');
    if (typeof alpha !== 'number' || !Number.isFinite(alpha)) return 1;
    // Kalajdzievski 2023: rank-stabilised LoRA.
    const isStabilised = (config.get(`${part}use_rslora`) ?? config.get('use_rslora')) === true;
    return alpha / (isStabilised ? Math.sqrt(rank) : rank);
  };
}
