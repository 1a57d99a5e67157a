/** What a transformer's images need besides its network: text encoders and a VAE, and how ComfyUI is told to load them. */
import type { EncoderKind } from './encoders.ts';

interface EncoderFile {
  readonly kind: EncoderKind;
  /** Name under which people know it, without extension. */
  readonly file: string;
}

export interface Companions {
  /** Each is needed, unless there is a choice. */
  readonly encoders: readonly EncoderFile[];
  /** Any of the encoders will do. */
  readonly isChoice?: true;
  /** Other encoders that stand in for the one. */
  readonly insteadOf?: readonly EncoderKind[];
  /** Forge reads others. */
  readonly onForge?: readonly EncoderFile[];
  /** Types of ComfyUI's loaders of text encoders that read them as this family does; all unless given. */
  readonly types?: readonly string[];
  /** Those that do not; none unless given. */
  readonly wrongTypes?: readonly string[];
  /** Name of the VAE file, without extension. */
  readonly vae: string;
  /** Of its latents. */
  readonly channels: number;
  /** The usual file is a checkpoint that holds all this. */
  readonly isWhole?: true;
}

const CLIP_L: EncoderFile = { kind: 'clip_l', file: 'clip_l' };
const CLIP_G: EncoderFile = { kind: 'clip_g', file: 'clip_g' };
const T5XXL: EncoderFile = { kind: 't5xxl', file: 't5xxl_fp16' };
const LLAMA: EncoderFile = { kind: 'llama', file: 'llama_3.1_8b_instruct' };
const FLUX_VAE = { vae: 'ae', channels: 16 };
const QWEN_VAE = { vae: 'qwen_image_vae', channels: 16 };
const FLUX2_VAE = { vae: 'flux2-vae', channels: 128 };

const one = (kind: EncoderKind, file: string): readonly EncoderFile[] => [{ kind, file }];

/** By family. Those of which it is not known here have none, and take whatever they are given. */
const COMPANIONS: Readonly<Record<string, Companions>> = {
  sd3: {
    encoders: [CLIP_L, CLIP_G, T5XXL],
    isChoice: true,
    types: ['sd3'],
    vae: 'sd3_vae',
    channels: 16,
    isWhole: true,
  },
  auraflow: {
    encoders: one('pile_t5xl', 'pile_t5xl'),
    vae: 'sdxl_vae',
    channels: 4,
    isWhole: true,
  },
  'hunyuan-video': {
    encoders: [CLIP_L, { kind: 'llama', file: 'llava_llama3' }],
    types: ['hunyuan_video'],
    vae: 'hunyuan_video_vae',
    channels: 16,
  },
  flux2: {
    encoders: one('mistral3_24b', 'mistral_3_small_flux2'),
    insteadOf: ['qwen3_4b', 'qwen3_8b'],
    onForge: one('qwen3_8b', 'qwen_3_8b'),
    types: ['flux2', 'flux'],
    ...FLUX2_VAE,
  },
  chroma: { encoders: [T5XXL], types: ['chroma', 'pixart', 'sd3'], ...FLUX_VAE },
  flux1: { encoders: [CLIP_L, T5XXL], types: ['flux'], ...FLUX_VAE },
  'z-image': { encoders: one('qwen3_4b', 'qwen_3_4b'), wrongTypes: ['flux', 'flux2'], ...FLUX_VAE },
  lumina2: { encoders: one('gemma2_2b', 'gemma_2_2b_fp16'), wrongTypes: ['pixeldit'], ...FLUX_VAE },
  wan: {
    encoders: [{ kind: 't5xxl', file: 'umt5_xxl_fp16' }],
    types: ['wan'],
    vae: 'wan_2.1_vae',
    channels: 16,
  },
  'hidream-o1': {
    encoders: one('qwen3vl_8b', 'qwen3vl_8b'),
    vae: 'hidream_o1_vae',
    channels: 16,
    isWhole: true,
  },
  hidream: {
    encoders: [CLIP_L, CLIP_G, T5XXL, LLAMA],
    isChoice: true,
    ...FLUX_VAE,
  },
  anima: { encoders: one('qwen3_06b', 'qwen_3_06b_base'), ...QWEN_VAE },
  'cosmos-predict2': { encoders: one('old_t5xxl', 'oldt5_xxl_fp16'), vae: 'wan_2.1_vae', channels: 16 },
  cosmos1: { encoders: one('old_t5xxl', 'oldt5_xxl_fp16'), vae: 'cosmos_cv8x8x8_1.0', channels: 16 },
  lens: { encoders: one('gpt_oss_20b', 'gpt_oss_20b'), ...FLUX2_VAE },
  'qwen-image': {
    encoders: one('qwen25_7b', 'qwen_2.5_vl_7b'),
    wrongTypes: ['hunyuan_image', 'longcat_image'],
    ...QWEN_VAE,
  },
  'qwen-image-2.1': {
    encoders: one('qwen3vl_8b', 'qwen3vl_8b'),
    vae: 'qwen_image_2.1_vae',
    channels: 16,
  },
  krea2: { encoders: one('qwen3vl_4b', 'qwen3vl_4b'), types: ['krea2'], ...QWEN_VAE },
  ideogram4: {
    encoders: one('qwen3vl_8b', 'qwen3vl_8b'),
    insteadOf: ['qwen3_8b'],
    types: ['ideogram4'],
    ...FLUX2_VAE,
  },
  'ernie-image': { encoders: one('ministral3_3b', 'ministral-3-3b'), ...FLUX2_VAE },
};

/** For the rest: one that is as good as any. */
export const USUAL_COMPANIONS: Companions = { encoders: one('qwen25_7b', 'qwen_2.5_vl_7b'), ...QWEN_VAE };

/** @param family id of a family of transformers */
export function companionsOf(family: string): Companions | undefined {
  return COMPANIONS[family];
}

/**
 * Do encoders of these kinds, loaded as this type, read prompts for the family?
 * @param type null for those that came out of a checkpoint
 */
export function readsFor(family: string, kinds: readonly string[], type: string | null): boolean {
  const known = COMPANIONS[family];
  if (known === undefined) return true;
  const { encoders, isChoice, insteadOf = [], types, wrongTypes = [] } = known;
  if (type !== null && (types?.includes(type) === false || wrongTypes.includes(type))) return false;
  const needed = encoders.map(({ kind }) => kind);
  if (isChoice === true) return needed.some((kind) => kinds.includes(kind));
  return needed.every((kind) => kinds.includes(kind)) || insteadOf.some((kind) => kinds.includes(kind));
}
