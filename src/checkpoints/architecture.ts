/** Which model family a header belongs to, and which block each tensor. Facts: key prefixes of the original checkpoints. */
import { usageError } from '../shared/errors.ts';
import { blocksOf, isBlockName, type Architecture, type BlockName } from '../space/blocks.ts';
import type { Header } from '../shared/safetensors/header.ts';

export const UNET = 'model.diffusion_model.';
export const TEXT_ENCODERS = ['cond_stage_model.', 'conditioner.'] as const;
export const VAE = 'first_stage_model.';
export const EMA = 'model_ema.';

export const ARCHITECTURE_NAMES: Readonly<Record<Architecture, string>> = {
  sd1: 'Stable Diffusion 1.x',
  sd2: 'Stable Diffusion 2.x',
  sdxl: 'Stable Diffusion XL',
};

export type Recognised =
  | { readonly kind: 'checkpoint'; readonly architecture: Architecture; readonly variant: string | undefined }
  /** Not a checkpoint whose blocks can be merged: what it is, and what to do instead. */
  | { readonly kind: 'other'; readonly name: string; readonly advice: string };

/** Text encoder width in the cross-attention: what the UNet was made for. */
const CONTEXT = `${UNET}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight`;
const FIRST = `${UNET}input_blocks.0.0.weight`;
const IMAGES = 'Give a full Stable Diffusion 1.x, 2.x or XL checkpoint.';

/** Other files that people have in their model folders, by a key that only they have. The first match counts. */
const OTHERS: readonly (readonly [pattern: RegExp, name: string, advice: string])[] = [
  [
    /\.(lora_(down|up|[ABab])(\.[\w-]+)?(\.weight)?|(lora|lora_linear_layer)\.(down|up)\.weight|hada_w[12]_[ab]|lokr_w[12](_[ab])?|dora_scale|diff|diff_b)$|_lora\.(down|up)\.weight$|^(lora_(unet|te)|lycoris_)/,
    'a LoRA file',
    'It holds changes, not a model; autombw bake puts them into a checkpoint.',
  ],
  [/^(model\.diffusion_model\.)?(double_blocks|single_blocks)\./, 'a Flux model', IMAGES],
  [/^(model\.diffusion_model\.)?joint_blocks\./, 'a Stable Diffusion 3 model', IMAGES],
  [/^control_model\.|^(input_hint_block|zero_convs)\./, 'a ControlNet', IMAGES],
  [
    /^(unet\.)?(down_blocks|up_blocks|mid_block)\./,
    'a part of a diffusers folder',
    'Convert the whole folder to one checkpoint file first (convert_diffusers_to_original_stable_diffusion.py of diffusers).',
  ],
  [/^(input_blocks|output_blocks)\.\d/, 'a UNet without the rest of its checkpoint', IMAGES],
  [/^(emb_params|string_to_param|clip_[gl])$/, 'a textual inversion embedding', IMAGES],
  [/^model_ema\./, 'an EMA copy without the model itself', IMAGES],
  [/^(model\.diffusion_model\.)/, 'a model of another architecture', IMAGES],
  [/^(first_stage_model\.)?(encoder|decoder)\./, 'a VAE', 'It can be put into a merge with --vae.'],
  [/^(text_model|conditioner|cond_stage_model|transformer)\./, 'a text encoder', IMAGES],
];

export function recognise({ byName, tensors }: Pick<Header, 'byName' | 'tensors'>): Recognised {
  const has = (prefix: string): boolean => tensors.some(({ name }) => name.startsWith(prefix));
  const isUNet = ['input_blocks.0.', 'middle_block.', 'output_blocks.0.'].every((part) => has(UNET + part));
  if (!isUNet) return describeOther(tensors.map(({ name }) => name));
  const variant = variantOf(byName.get(FIRST)?.shape[1]);
  if (has(`${UNET}label_emb.`)) {
    if (!has(`${UNET}input_blocks.9.`)) return { kind: 'checkpoint', architecture: 'sdxl', variant };
    return { kind: 'other', name: 'an SDXL refiner', advice: 'Merge the base models instead.' };
  }
  const width = byName.get(CONTEXT)?.shape[1];
  const isSecond = width === 1024 || (width !== 768 && has('cond_stage_model.model.'));
  return { kind: 'checkpoint', architecture: isSecond ? 'sd2' : 'sd1', variant };
}

/** @throws usage error `checkpoint-architecture`: named for what it is, with what to do instead */
export function requireArchitecture(file: string, header: Pick<Header, 'byName' | 'tensors'>): Architecture {
  const found = recognise(header);
  if (found.kind === 'checkpoint') return found.architecture;
  throw usageError(
    'checkpoint-architecture',
    `${file} is ${found.name}, which cannot be merged by blocks. ${found.advice}`,
  );
}

/** The block that a tensor belongs to; undefined for everything that a merge takes from model A (`label_emb` too). */
export function blockOf(key: string, architecture: Architecture): BlockName | undefined {
  if (!key.startsWith(UNET)) return undefined;
  const [part = '', number = ''] = key.slice(UNET.length).split('.', 2);
  const name = blockName(part, number);
  return name !== undefined && isBlockName(name) && blocksOf(architecture).includes(name) ? name : undefined;
}

function blockName(part: string, number: string): string | undefined {
  switch (part) {
    case 'input_blocks':
      return `IN${number.padStart(2, '0')}`;
    case 'output_blocks':
      return `OUT${number.padStart(2, '0')}`;
    case 'middle_block':
      return 'M00';
    case 'out':
      return 'OUT';
    case 'time_embed':
      return 'TIME_EMBED';
    default:
      return undefined;
  }
}

/** By the channels that the first layer takes. */
function variantOf(channels: number | undefined): string | undefined {
  if (channels === 9) return 'inpainting';
  if (channels === 8) return 'instruct-pix2pix';
  return channels === 5 ? 'depth' : undefined;
}

function describeOther(keys: readonly string[]): Recognised {
  for (const [pattern, name, advice] of OTHERS) {
    if (keys.some((key) => pattern.test(key))) return { kind: 'other', name, advice };
  }
  return { kind: 'other', name: 'no Stable Diffusion checkpoint', advice: IMAGES };
}
