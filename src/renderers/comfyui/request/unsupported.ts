/** Fields of a txt2img request that ComfyUI has no counterpart for: better no run than a run of other images. */
import { usageError, type AutombwError } from '../../../shared/errors.ts';
import { didYouMean } from '../../../shared/nearest-name.ts';
import type { ImageRequest } from '../../../types.ts';
import { busyScripts } from './idle-scripts.ts';
import { unsupported } from './refusal.ts';

/**
 * All of them at once, a line for each.
 * @throws usage error `payload-unsupported`, or `payload-checkpoint` for a request that switches checkpoints alone
 */
export function refuseUnsupported(request: ImageRequest): void {
  const refused = [...fields(request), ...checkpoints(request), ...overrides(request), ...networks(request)];
  const [first, ...others] = refused;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  throw usageError(first.code, refused.map(({ message }) => message).join('\n'));
}

function fields({ body, payload }: ImageRequest): AutombwError[] {
  return FIELDS.flatMap(({ field, harmless, advice }) => {
    const value = body[field];
    if (value === undefined || value === null || harmless(value, body)) return [];
    return [unsupported(payload, field, shown(field, value, body), advice)];
  });
}

/** Of the scripts only those that do something. */
function shown(field: string, value: unknown, body: ImageRequest['body']): unknown {
  return field === 'alwayson_scripts'
    ? Object.fromEntries(busyScripts(body).map((title) => [title, Reflect.get(Object(value), title)]))
    : value;
}

interface Unsupported {
  readonly field: string;
  readonly harmless: (value: unknown, body: ImageRequest['body']) => boolean;
  readonly advice: string;
}

const isOff = (value: unknown): boolean => value === false;
const isZero = (value: unknown): boolean => typeof value === 'number' && value <= 0;
const isEmpty = (value: unknown): boolean =>
  value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
const REMOVE = 'ComfyUI does not support it, so remove it.';

const FIELDS: readonly Unsupported[] = [
  { field: 'restore_faces', harmless: isOff, advice: REMOVE },
  { field: 'tiling', harmless: isOff, advice: REMOVE },
  { field: 'styles', harmless: isEmpty, advice: 'ComfyUI has no styles, so write them out in the prompt.' },
  { field: 'alwayson_scripts', harmless: (_, body) => busyScripts(body).length === 0, advice: REMOVE },
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
  // What the server's page /docs writes for nothing; `neutralWarnings` says where AUTOMATIC1111 would draw otherwise.
  { field: 's_noise', harmless: (value) => value === 1 || value === 0, advice: REMOVE },
  { field: 'eta', harmless: (value) => value === 0, advice: 'ComfyUI uses its own eta, so remove it.' },
];

const CHECKPOINT_FIELDS = ['refiner_checkpoint', 'hr_checkpoint_name'];

function checkpoints({ body, payload }: ImageRequest): AutombwError[] {
  const found = [
    ...CHECKPOINT_FIELDS.filter((name) => (body[name] ?? '') !== ''),
    ...('sd_model_checkpoint' in overridesOf(body) ? ['override_settings.sd_model_checkpoint'] : []),
  ];
  return found.map((field) =>
    usageError(
      'payload-checkpoint',
      `The payload "${payload}" sets "${field}", but the search decides which model makes the images; remove it.`,
    ),
  );
}

/** Settings that are mapped, or that say what ComfyUI does anyway (`randn_source`: warnings name the difference). */
const MAPPED_SETTINGS = ['CLIP_stop_at_last_layers', 'sd_vae', 'randn_source'];

/** What a server has by default, and ComfyUI does too. */
const NEUTRAL_SETTINGS: Readonly<Record<string, unknown>> = {
  eta_noise_seed_delta: 0,
  eta_ancestral: 1,
  eta_ddim: 0,
  s_churn: 0,
  s_tmin: 0,
  s_noise: 1,
  token_merging_ratio: 0,
  token_merging_ratio_hr: 0,
};
/** Values that choose nothing. */
const NOTHING = /^(?:none|automatic|)$/i;

function overrides({ body, payload }: ImageRequest): AutombwError[] {
  return Object.entries(overridesOf(body)).flatMap(([key, value]: [string, unknown]) => {
    // A checkpoint has a sentence of its own.
    if (MAPPED_SETTINGS.includes(key) || key === 'sd_model_checkpoint') return [];
    if (value === null || (typeof value === 'string' && NOTHING.test(value))) return [];
    if (Object.hasOwn(NEUTRAL_SETTINGS, key) && NEUTRAL_SETTINGS[key] === value) return [];
    const advice = `of A1111's settings ComfyUI supports only ${MAPPED_SETTINGS.join(', ')}, so remove it.${didYouMean(key, MAPPED_SETTINGS)}`;
    return [unsupported(payload, `override_settings.${key}`, value, advice)];
  });
}

/** `<lora:name:0.8>` becomes a LoraLoader, but only in the prompt; its kin would be read as text. */
function networks({ payload, prompt, negativePrompt, body }: ImageRequest): AutombwError[] {
  const others = /<(?:lora|lyco|hypernet):[^>]*>/i;
  const texts = [
    ['prompt', prompt, /<(?:lyco|hypernet):[^>]*>/i],
    ['negative_prompt', negativePrompt, others],
    ['hr_prompt', body['hr_prompt'], others],
    ['hr_negative_prompt', body['hr_negative_prompt'], others],
  ] as const;
  return texts.flatMap(([field, text, pattern]) => {
    const tag = typeof text === 'string' ? pattern.exec(text)?.[0] : undefined;
    if (tag === undefined) return [];
    const advice =
      'ComfyUI reads it as text there; use <lora:name:strength> in the prompt, or a workflow file.';
    return [unsupported(payload, field, tag, advice)];
  });
}

function overridesOf(body: ImageRequest['body']): object {
  const overrides = body['override_settings'];
  return typeof overrides === 'object' && overrides !== null ? overrides : {};
}
