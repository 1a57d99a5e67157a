/** A txt2img request of A1111 into the settings of a ComfyUI chain; what has no counterpart is refused in words. */
import type { ImageRequest } from '../../../types.ts';
import type { Catalog } from '../catalog.ts';
import { parseBody, type Body } from './body.ts';
import { hiresOf } from './hires.ts';
import type { Hires } from './hires.ts';
import { matchFile } from '../models.ts';
import { samplerNames } from './names.ts';
import type { SamplerNames } from './names.ts';
import { lorasOf } from './loras.ts';
import type { LoraUse } from './loras.ts';
import { plainText } from './prompt-text.ts';
import { unsupported, within } from './refusal.ts';
import { refuseUnsupported } from './unsupported.ts';

export interface ChainSettings {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly loras: readonly LoraUse[];
  readonly seeds: readonly number[];
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly cfgScale: number;
  readonly sampler: SamplerNames;
  /** 1 = the whole text encoder. */
  readonly clipSkip: number;
  /** File of another VAE than model A's. */
  readonly vae: string | undefined;
  /** As the payload has it; only a hires pass and a workflow file look at it. */
  readonly denoisingStrength: number | undefined;
  readonly hires: Hires | undefined;
}

/** What A1111 takes for fields that are left out. */
const DEFAULTS = { width: 512, height: 512, steps: 50, cfg_scale: 7, sampler_name: 'Euler' };

/**
 * @param catalog undefined before the server is known: then names are translated, but not looked up
 * @throws usage error `payload-unsupported` or `payload-checkpoint` naming field, value and what to do
 */
export function settingsOf(request: ImageRequest, catalog?: Catalog): ChainSettings {
  refuseUnsupported(request);
  const { payload } = request;
  const body = parseBody(request);
  const lists = catalog ?? { samplers: [], schedulers: [] };
  const sampler = samplerNames(
    {
      payload,
      samplerField: 'sampler_name',
      schedulerField: 'scheduler',
      sampler: body.sampler_name || DEFAULTS.sampler_name,
      scheduler: body.scheduler || undefined,
    },
    lists,
  );
  const base = {
    prompt: plainText(request.prompt),
    negativePrompt: plainText(request.negativePrompt),
    width: sizeOf(payload, 'width', body.width ?? DEFAULTS.width),
    height: sizeOf(payload, 'height', body.height ?? DEFAULTS.height),
    steps: within(payload, 'steps', body.steps ?? DEFAULTS.steps, 1, 10_000),
    cfgScale: within(payload, 'cfg_scale', body.cfg_scale ?? DEFAULTS.cfg_scale, 0, 100),
    sampler,
  };
  return {
    ...base,
    seeds: request.seeds.map((seed) => seedOf(payload, seed)),
    loras: lorasOf(payload, request.prompt, catalog),
    clipSkip: clipSkipOf(payload, body),
    vae: vaeOf(payload, body, catalog),
    denoisingStrength: body.denoising_strength ?? undefined,
    hires: body.enable_hr === true ? hiresOf(payload, body, base, catalog) : undefined,
  };
}

function sizeOf(payload: string, field: 'width' | 'height', value: number): number {
  within(payload, field, value, 16, 16_384);
  if (value % 8 === 0) return value;
  throw unsupported(
    payload,
    field,
    value,
    `ComfyUI takes multiples of 8, the nearest is ${Math.round(value / 8) * 8}.`,
  );
}

function seedOf(payload: string, seed: number): number {
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 53) return seed;
  throw unsupported(payload, 'seed', seed, 'ComfyUI takes whole numbers from 0, and below 2^53 from here.');
}

function clipSkipOf(payload: string, body: Body): number {
  const [field, value] =
    body.override_settings?.['CLIP_stop_at_last_layers'] === undefined
      ? ['clip_skip', body.clip_skip ?? 1]
      : ['CLIP_stop_at_last_layers', body.override_settings['CLIP_stop_at_last_layers']];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 24) {
    return Math.max(1, value);
  }
  throw unsupported(payload, field, value, 'ComfyUI takes whole numbers from 1 to 24.');
}

function vaeOf(payload: string, body: Body, catalog: Catalog | undefined): string | undefined {
  const asked = body.override_settings?.['sd_vae'];
  if (asked === undefined || asked === null) return undefined;
  if (typeof asked !== 'string') throw unsupported(payload, 'sd_vae', asked, 'name a VAE file.');
  if (/^(automatic|none|)$/i.test(asked.trim())) return undefined;
  if (catalog === undefined) return asked;
  return matchFile(asked, catalog.vaes, (problem) => unsupported(payload, 'sd_vae', asked, problem));
}
