/** Fields of a txt2img request that ComfyUI has no counterpart for: better no run than a run of other pictures. */
import { usageError } from '../../errors.ts';
import { didYouMean } from '../../nearest-name.ts';
import type { ImageRequest } from '../../types.ts';
import { unsupported } from './refusal.ts';

/** @throws usage error `payload-unsupported`, or `payload-checkpoint` for a request that switches checkpoints */
export function refuseUnsupported(request: ImageRequest): void {
  const { body, payload } = request;
  for (const { field, harmless, advice } of FIELDS) {
    const value = body[field];
    if (value !== undefined && value !== null && !harmless(value)) {
      throw unsupported(payload, field, value, advice);
    }
  }
  refuseCheckpoints(request);
  refuseOverrides(request);
  refuseNetworks(request);
}

interface Unsupported {
  readonly field: string;
  readonly harmless: (value: unknown) => boolean;
  readonly advice: string;
}

const isOff = (value: unknown): boolean => value === false;
const isZero = (value: unknown): boolean => typeof value === 'number' && value <= 0;
const isEmpty = (value: unknown): boolean =>
  value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
const REMOVE = 'ComfyUI has no such thing, so remove it.';

const FIELDS: readonly Unsupported[] = [
  { field: 'restore_faces', harmless: isOff, advice: REMOVE },
  { field: 'tiling', harmless: isOff, advice: REMOVE },
  { field: 'styles', harmless: isEmpty, advice: 'ComfyUI has no styles, so write them out in the prompt.' },
  { field: 'alwayson_scripts', harmless: isEmpty, advice: REMOVE },
  { field: 'script_name', harmless: isEmpty, advice: REMOVE },
  {
    field: 'subseed_strength',
    harmless: isZero,
    advice: 'ComfyUI has no variation seeds, so remove it or set it to 0.',
  },
  { field: 'seed_resize_from_w', harmless: isZero, advice: REMOVE },
  { field: 'seed_resize_from_h', harmless: isZero, advice: REMOVE },
  {
    field: 'firstphase_width',
    harmless: isZero,
    advice: 'use width and height with hr_scale or hr_resize_x instead.',
  },
  {
    field: 'firstphase_height',
    harmless: isZero,
    advice: 'use width and height with hr_scale or hr_resize_y instead.',
  },
  { field: 's_churn', harmless: isZero, advice: REMOVE },
  { field: 's_tmin', harmless: isZero, advice: REMOVE },
  { field: 's_min_uncond', harmless: isZero, advice: REMOVE },
  { field: 's_noise', harmless: (value) => value === 1, advice: REMOVE },
  { field: 'eta', harmless: () => false, advice: 'ComfyUI keeps to its own eta, so remove it.' },
];

const CHECKPOINT_FIELDS = ['refiner_checkpoint', 'hr_checkpoint_name'];

function refuseCheckpoints({ body, payload }: ImageRequest): void {
  const field =
    CHECKPOINT_FIELDS.find((name) => (body[name] ?? '') !== '') ??
    ('sd_model_checkpoint' in overridesOf(body) ? 'override_settings.sd_model_checkpoint' : undefined);
  if (field === undefined) return;
  throw usageError(
    'payload-checkpoint',
    `The payload "${payload}" sets "${field}", but the search decides which model makes the pictures; remove it.`,
  );
}

/** Settings that are mapped, or that say what ComfyUI does anyway (`randn_source`: remarks name the difference). */
const MAPPED_SETTINGS = ['CLIP_stop_at_last_layers', 'sd_vae', 'randn_source'];

function refuseOverrides({ body, payload }: ImageRequest): void {
  const overrides = overridesOf(body);
  const key = Object.keys(overrides).find((name) => !MAPPED_SETTINGS.includes(name));
  if (key === undefined) return;
  const nearest = didYouMean(key, MAPPED_SETTINGS);
  throw unsupported(
    payload,
    `override_settings.${key}`,
    Reflect.get(overrides, key),
    `ComfyUI knows only ${MAPPED_SETTINGS.join(', ')} of A1111's settings, so remove it.${nearest}`,
  );
}

/** `<lora:name:0.8>` becomes a LoraLoader, but only in the prompt; its kin would be read as text. */
function refuseNetworks({ payload, prompt, negativePrompt, body }: ImageRequest): void {
  const others = /<(?:lora|lyco|hypernet):[^>]*>/i;
  for (const [field, text, pattern] of [
    ['prompt', prompt, /<(?:lyco|hypernet):[^>]*>/i],
    ['negative_prompt', negativePrompt, others],
    ['hr_prompt', body['hr_prompt'], others],
    ['hr_negative_prompt', body['hr_negative_prompt'], others],
  ] as const) {
    const tag = typeof text === 'string' ? pattern.exec(text)?.[0] : undefined;
    if (tag === undefined) continue;
    throw unsupported(
      payload,
      field,
      tag,
      'ComfyUI reads it as text there; use <lora:name:strength> in the prompt, or a workflow file.',
    );
  }
}

function overridesOf(body: ImageRequest['body']): object {
  const overrides = body['override_settings'];
  return typeof overrides === 'object' && overrides !== null ? overrides : {};
}
