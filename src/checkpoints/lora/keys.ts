/**
 * The keys of LoRA files. Every trainer has its own words for the same tensors; here they become one name of a module, with
 * underscores as kohya's scripts write it, and one name of a part.
 */

const TEXT_1 = 'text_encoder_';
const TEXT_2 = 'text_encoder_2_';
const UNET_NAME = 'lora_unet_';

export interface LoraKey {
  /** `lora_unet_…`, `lora_te_…`, `lora_te1_…`, `lora_te2_…`, `text_encoder_…` or `text_encoder_2_…`. */
  readonly module: string;
  /** Which tensor of the layer it changes. */
  readonly of: 'weight' | 'bias';
  /** `alpha`, or a part of a kind. */
  readonly part: string;
}

/** Module, then part. An adapter of PEFT may have a name of its own in between. */
const PATTERNS: readonly RegExp[] = [
  /^(.+)\.(lora_(?:down|up|mid))(?:\.(?!bias$|weight$)[\w-]+)?(?:\.weight)?$/,
  /^(.+)\.(lora_[ABab])(?:\.(?!bias$|weight$)[\w-]+)?(?:\.weight)?$/,
  // Diffusers before PEFT.
  /^(.+)\.(?:lora|lora_linear_layer)\.(down|up)\.weight$/,
  /^(.+)\.(?:lora|lora_linear_layer)\.(alpha)$/,
  /^(.+_lora)\.(down|up)\.weight$/,
  /^(.+)\.(hada_w[12]_[ab]|hada_t[12]|lokr_w[12](?:_[ab])?|lokr_t2|diff|diff_b|alpha)$/,
];

const PARTS: ReadonlyMap<string, string> = new Map([
  ['lora_A', 'lora_down'],
  ['lora_B', 'lora_up'],
  ['lora_a', 'lora_down'],
  ['lora_b', 'lora_up'],
  ['down', 'lora_down'],
  ['up', 'lora_up'],
  ['diff_b', 'diff'],
]);

/** @returns undefined for a key of no kind that is known */
export function parseLoraKey(key: string): LoraKey | undefined {
  for (const pattern of PATTERNS) {
    const [, module, part] = pattern.exec(key) ?? [];
    if (module === undefined || part === undefined) continue;
    const of = part === 'diff_b' ? 'bias' : 'weight';
    return { module: moduleName(module), of, part: PARTS.get(part) ?? part };
  }
  return undefined;
}

const UNET_PARTS =
  '(?:down_blocks|up_blocks|mid_block|input_blocks|middle_block|output_blocks)[._]|(?:conv_in|conv_out|conv_norm_out|(?:time|add)_embedding[._]linear_[12]|(?:time_embed|label_emb|out)[._]\\d.*)$';

/** What programs put before the name of a layer, in this order. `lora_te_…` and the like are names of their own (text-names.ts). */
const PREFIXES: readonly (readonly [pattern: RegExp, ours: string])[] = [
  // PEFT, data parallel training, torch.compile, LyCORIS outside of a trainer.
  [/(^|\.)(?:(?:base_model\.model|_orig_mod)\.)+/g, '$1'],
  [/^module\./, ''],
  [/\._orig_mod$/, ''],
  [/^lycoris[._]/, ''],
  // The second text encoder of SDXL: ComfyUI and OneTrainer, diffusers.
  [/^(?:lora_)?(?:text_encoders[._])?clip_g[._](?:transformer[._](?!resblocks))?/, TEXT_2],
  [/^(?:lora_)?text_encoder_2[._]|^te2[._]/, TEXT_2],
  [/^(?:lora_)?(?:text_encoders[._])?clip_[lh][._](?:transformer[._](?!resblocks))?/, TEXT_1],
  [/^(?:lora_)?text_encoder(?:_1)?[._](?!2[._])|^te1?[._]/, TEXT_1],
  [/^(?=text_model[._])|^(?=encoder[._]layers[._]\d)/, TEXT_1],
  [/^(?:lora_)?(?:unet|model[._]diffusion_model|diffusion_model)[._]/, UNET_NAME],
  // Transformers: diffusers and OneTrainer, and trainers that leave the prefix out.
  [/^(?:lora_transformer[._]|transformer\.|transformer_(?!blocks[._]\d))(?!resblocks|text_model)/, UNET_NAME],
  [/^(?=(?:double_blocks|single_blocks|(?:single_)?transformer_blocks|layers|blocks)[._]\d)/, UNET_NAME],
  [new RegExp(`^(?:model[._])?(?=${UNET_PARTS})`), UNET_NAME],
];

function moduleName(given: string): string {
  let name = given.replace(
    /(?:\.processor)?\.(to_(?:[qkv]|out))_lora$/,
    (_, part: string) => `.${oldName(given, part)}`,
  );
  for (const [pattern, ours] of PREFIXES) name = name.replace(pattern, ours);
  return name
    .replaceAll('.', '_')
    .replace(/^lora_te1?_(?=transformer_resblocks_)/, TEXT_1)
    .replace(/^lora_te2_(?=transformer_resblocks_)/, TEXT_2)
    .replace(SHORT_TEXT, '$1text_model_');
}

/** The newest transformers leave a word out. */
const SHORT_TEXT =
  /^(text_encoder_(?:2_)?|lora_te[12]?_)(?=encoder_layers_\d|embeddings_(?:token|position)_embedding$|final_layer_norm$)/;

/** The first diffusers files call the projections of the text encoder by the names of the UNet's. */
function oldName(module: string, part: string): string {
  const isText = module.includes('.self_attn.');
  if (part === 'to_out') return isText ? 'out_proj' : 'to_out.0';
  return isText ? `${part.slice('to_'.length)}_proj` : part;
}
