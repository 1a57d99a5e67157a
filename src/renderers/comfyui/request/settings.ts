/** A txt2img request of A1111 into the settings of a ComfyUI chain; what has no counterpart is refused in words. */
import type { ImageRequest } from '../../../types.ts';
import type { Catalog } from '../catalog.ts';
import type { Drawing, Patch } from '../families/family.ts';
import { parseBody, type Body } from './body.ts';
import { hiresOf } from './hires.ts';
import type { Hires } from './hires.ts';
import { matchFile } from '../models.ts';
import { samplerNames } from './names.ts';
import type { SamplerLists, SamplerNames } from './names.ts';
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
  /** The distilled guidance of networks that take one. */
  readonly guidance: number | undefined;
  readonly sampler: SamplerNames;
  /** 1 = the whole text encoder. */
  readonly clipSkip: number;
  /** File of another VAE than model A's. */
  readonly vae: string | undefined;
  /** As the payload has it; only a hires pass and a workflow file look at it. */
  readonly denoisingStrength: number | undefined;
  readonly hires: Hires | undefined;
  /** The class of the empty latent. */
  readonly latent: string;
  /** Nodes that change the model once more, in this order. */
  readonly patches: readonly Patch[];
}

/** What A1111 takes for fields that are left out. */
const DEFAULTS = { size: 512, steps: 50, cfgScale: 7, sampler: 'Euler', scheduler: undefined };
const EIGHT = 8;

/** What is taken for fields that are left out, with a sampler that the server has. */
function defaultsOf(drawing: Drawing | undefined, { samplers }: SamplerLists): typeof DEFAULTS | Defaults {
  if (drawing === undefined) return DEFAULTS;
  const { sampler, ...others } = drawing.defaults;
  return { ...others, sampler: samplers.includes(sampler) ? sampler : DEFAULTS.sampler };
}

type Defaults = Drawing['defaults'];

/**
 * @param catalog undefined before the server is known: then names are translated, but not looked up
 * @param drawing of a transformer
 * @throws usage error `payload-unsupported` or `payload-checkpoint` naming field, value and what to do
 */
export function settingsOf(request: ImageRequest, catalog?: Catalog, drawing?: Drawing): ChainSettings {
  refuseUnsupported(request);
  const { payload } = request;
  const body = parseBody(request);
  const lists = catalog ?? { samplers: [], schedulers: [] };
  const defaults = defaultsOf(drawing, lists);
  const sampler = samplerNames(
    {
      payload,
      samplerField: 'sampler_name',
      schedulerField: 'scheduler',
      sampler: body.sampler_name || defaults.sampler,
      scheduler: body.scheduler || undefined,
      automatic: defaults.scheduler,
    },
    lists,
  );
  const multiple = drawing?.multiple ?? EIGHT;
  const base = {
    prompt: plainText(request.prompt),
    negativePrompt: plainText(request.negativePrompt),
    width: sizeOf(payload, 'width', body.width ?? defaults.size, multiple),
    height: sizeOf(payload, 'height', body.height ?? defaults.size, multiple),
    steps: within(payload, 'steps', body.steps ?? defaults.steps, 1, 10_000),
    cfgScale: within(payload, 'cfg_scale', body.cfg_scale ?? defaults.cfgScale, 0, 100),
    sampler,
  };
  const setting = { catalog, multiple, automatic: defaults.scheduler };
  return {
    ...base,
    guidance: guidanceOf(payload, body, drawing),
    latent: drawing?.latent ?? 'EmptyLatentImage',
    patches: drawing?.patches ?? [],
    seeds: request.seeds.map((seed) => seedOf(payload, seed)),
    loras: lorasOf(payload, request.prompt, catalog),
    clipSkip: clipSkipOf(payload, body, drawing),
    vae: vaeOf(payload, body, catalog),
    denoisingStrength: body.denoising_strength ?? undefined,
    hires: body.enable_hr === true ? hiresOf(payload, body, base, setting) : undefined,
  };
}

function guidanceOf(payload: string, body: Body, drawing: Drawing | undefined): number | undefined {
  if (drawing?.guidance === undefined) return undefined;
  return within(payload, 'distilled_cfg_scale', body.distilled_cfg_scale ?? drawing.guidance, 0, 100);
}

function sizeOf(payload: string, field: 'width' | 'height', value: number, multiple: number): number {
  within(payload, field, value, 16, 16_384);
  if (value % multiple === 0) return value;
  throw unsupported(
    payload,
    field,
    value,
    `ComfyUI takes multiples of ${multiple}${multiple === EIGHT ? '' : ' with this model'}, the nearest is ${Math.round(value / multiple) * multiple}.`,
  );
}

function seedOf(payload: string, seed: number): number {
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 53) return seed;
  throw unsupported(payload, 'seed', seed, 'it must be a whole number from 0 to 2^53 - 1.');
}

function clipSkipOf(payload: string, body: Body, drawing: Drawing | undefined): number {
  const [field, value] =
    body.override_settings?.['CLIP_stop_at_last_layers'] === undefined
      ? ['clip_skip', body.clip_skip ?? 1]
      : ['CLIP_stop_at_last_layers', body.override_settings['CLIP_stop_at_last_layers']];
  if (typeof value === 'number' && value > 1 && drawing !== undefined) {
    throw unsupported(
      payload,
      field,
      value,
      'the text encoders of this model cannot skip layers, so remove it.',
    );
  }
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
