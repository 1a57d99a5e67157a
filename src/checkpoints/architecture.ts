/** What a file is that a user gives as a checkpoint: a family of the registry, or something else, and what to do with it. */
import { usageError } from '../shared/errors.ts';
import type { Architecture, BlockName, HeaderView } from '../architectures/architecture.ts';
import { architectureRow, prefixesOf, recogniseArchitecture } from '../architectures/registry.ts';
import { isRefiner } from '../architectures/sd-unet.ts';

export { EMA, UNET, VAE } from '../architectures/sd-unet.ts';

/** Where the keys of text encoders begin. */
export const TEXT_ENCODERS: readonly string[] = prefixesOf('text encoder');

export type Recognised =
  | { readonly kind: 'checkpoint'; readonly architecture: Architecture; readonly variant: string | undefined }
  /** Not a checkpoint whose blocks can be merged: what it is, and what to do instead. */
  | { readonly kind: 'other'; readonly name: string; readonly advice: string };

const IMAGES = 'Give a full Stable Diffusion 1.x, 2.x or XL checkpoint.';

/** Other files that people have in their model folders, by a key that only they have. The first match counts. */
const OTHERS: readonly (readonly [pattern: RegExp, name: string, advice: string])[] = [
  [
    /\.(lora_(down|up|[ABab])(\.[\w-]+)?(\.weight)?|(lora|lora_linear_layer)\.(down|up)\.weight|hada_w[12]_[ab]|lokr_w[12](_[ab])?|dora_scale|diff|diff_b)$|_lora\.(down|up)\.weight$|^(lora_(unet|te)|lycoris_)/,
    'a LoRA file',
    'It holds changes, not a model; use autombw bake to add them to a checkpoint.',
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
  [/^model_ema\./, 'only the EMA copy of a model', IMAGES],
  [/^(model\.diffusion_model\.)/, 'a model of another architecture', IMAGES],
  [/^(first_stage_model\.)?(encoder|decoder)\./, 'a VAE', 'Use it in a merge with --vae.'],
  [/^(text_model|conditioner|cond_stage_model|transformer)\./, 'a text encoder', IMAGES],
];

export function recognise(header: HeaderView): Recognised {
  const found = recogniseArchitecture(header);
  return found === undefined ? describeOther(header) : { kind: 'checkpoint', ...found };
}

/** @throws usage error `checkpoint-architecture`: named for what it is, with what to do instead */
export function requireArchitecture(file: string, header: HeaderView): Architecture {
  const found = recognise(header);
  if (found.kind === 'checkpoint') return found.architecture;
  throw usageError(
    'checkpoint-architecture',
    `${file} is ${found.name}, which cannot be merged by blocks. ${found.advice}`,
  );
}

/** The block that a tensor belongs to; undefined for everything that a merge takes from model A. */
export function blockOf(key: string, architecture: Architecture): BlockName | undefined {
  return architectureRow(architecture).blockOf(key);
}

/** For messages: `Stable Diffusion XL`. */
export function titleOf(architecture: Architecture): string {
  return architectureRow(architecture).title;
}

function describeOther(header: HeaderView): Recognised {
  if (isRefiner(header)) {
    return { kind: 'other', name: 'an SDXL refiner', advice: 'Merge the base models instead.' };
  }
  const keys = header.tensors.map(({ name }) => name);
  for (const [pattern, name, advice] of OTHERS) {
    if (keys.some((key) => pattern.test(key))) return { kind: 'other', name, advice };
  }
  return { kind: 'other', name: 'not a Stable Diffusion checkpoint', advice: IMAGES };
}
