/**
 * The keys of LoRA files. Every trainer has its own words for the same tensors; here they become one name of a module, with
 * underscores as kohya's scripts write it, and one name of a part.
 */

export interface LoraKey {
  /** `lora_unet_…`, `lora_te_…`, `lora_te1_…`, `lora_te2_…`, `text_encoder_…` or `text_encoder_2_…`. */
  readonly module: string;
  /** Which tensor of the layer it changes. */
  readonly of: 'weight' | 'bias';
  /** `alpha`, or a part of a kind. */
  readonly part: string;
}

/** Module, then part. */
const PATTERNS: readonly RegExp[] = [
  /^(.+)\.(lora_down|lora_up|lora_mid)(?:\.weight)?$/,
  // PEFT, with or without the name of its adapter.
  /^(.+)\.(lora_[AB])(?:\.[\w-]+)?\.weight$/,
  // Diffusers before PEFT.
  /^(.+)\.(?:lora|lora_linear_layer)\.(down|up)\.weight$/,
  /^(.+_lora)\.(down|up)\.weight$/,
  /^(.+)\.(hada_w[12]_[ab]|hada_t[12]|lokr_w[12](?:_[ab])?|lokr_t2|diff|diff_b|alpha)$/,
];

const PARTS: ReadonlyMap<string, string> = new Map([
  ['lora_A', 'lora_down'],
  ['lora_B', 'lora_up'],
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

/** Prefixes of dotted names; the UNet may also have none. */
const PREFIXES: readonly (readonly [pattern: RegExp, ours: string])[] = [
  [/^base_model\.model\./, ''],
  [/^(unet|model\.diffusion_model|diffusion_model)\./, 'lora_unet_'],
  [/^(?=(down_blocks|up_blocks|mid_block|input_blocks|middle_block|output_blocks)\.)/, 'lora_unet_'],
  [/^(?=text_model\.)/, 'text_encoder_'],
];

function moduleName(given: string): string {
  let name = given.replace(
    /(?:\.processor)?\.(to_(?:[qkv]|out))_lora$/,
    (_, part: string) => `.${oldName(given, part)}`,
  );
  for (const [pattern, ours] of PREFIXES) name = name.replace(pattern, ours);
  return name.replaceAll('.', '_');
}

/** The first diffusers files call the projections of the text encoder by the names of the UNet's. */
function oldName(module: string, part: string): string {
  const isText = module.includes('.self_attn.');
  if (part === 'to_out') return isText ? 'out_proj' : 'to_out.0';
  return isText ? `${part.slice('to_'.length)}_proj` : part;
}
