/** The second pass of a txt2img request: enlarge the latent or the decoded image, then sample again. */
import type { Body } from './body.ts';
import type { Catalog } from '../catalog.ts';
import { matchFile } from '../models.ts';
import { samplerNames } from './names.ts';
import type { SamplerNames } from './names.ts';
import { plainText } from './prompt-text.ts';
import { unsupported, within } from './refusal.ts';

export interface Hires {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly steps: number;
  readonly denoise: number;
  readonly sampler: SamplerNames;
  readonly size: HiresSize;
  readonly upscaler: Upscaler;
}

interface HiresSize {
  readonly width: number;
  readonly height: number;
  /** Set when the size was asked for as a factor. */
  readonly scale: number | undefined;
}

type Upscaler =
  | { readonly kind: 'latent'; readonly method: string; readonly nearest: boolean }
  | { readonly kind: 'image'; readonly method: string; readonly model: string | undefined };

interface FirstPass {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly sampler: SamplerNames;
}

/** What the model and the server have to say in it. */
interface Setting {
  /** Undefined before the server is known. */
  readonly catalog: Catalog | undefined;
  /** Sides are multiples of it. */
  readonly multiple: number;
  /** What the scheduler Automatic stands for; undefined = what A1111 takes with the sampler. */
  readonly automatic: string | undefined;
}

/** @throws usage error `payload-unsupported` */
export function hiresOf(payload: string, body: Body, first: FirstPass, setting: Setting): Hires {
  const denoise = body.denoising_strength ?? undefined;
  if (denoise === undefined) {
    throw unsupported(
      payload,
      'enable_hr',
      true,
      'the second pass needs a "denoising_strength" from 0 to 1; add one (0.5 to 0.7 is usual).',
    );
  }
  within(payload, 'denoising_strength', denoise, 0, 1);
  const steps = within(payload, 'hr_second_pass_steps', body.hr_second_pass_steps || first.steps, 1, 10_000);
  return {
    prompt: plainText(body.hr_prompt || first.prompt),
    negativePrompt: plainText(body.hr_negative_prompt || first.negativePrompt),
    // A1111 runs only the last part of its steps; ComfyUI runs all of them over the last part of a longer schedule.
    steps: Math.max(1, Math.floor(steps * denoise)),
    denoise,
    sampler: samplerOf(payload, body, first, setting),
    size: sizeOf(payload, body, first, setting),
    upscaler: upscalerOf(payload, body.hr_upscaler || 'Latent', setting.catalog),
  };
}

function samplerOf(
  payload: string,
  body: Body,
  first: FirstPass,
  { catalog, automatic }: Setting,
): SamplerNames {
  const sampler = ownName(body.hr_sampler_name);
  const scheduler = ownName(body.hr_scheduler);
  if (sampler === undefined && scheduler === undefined) return first.sampler;
  return samplerNames(
    {
      payload,
      samplerField: sampler === undefined ? 'sampler_name' : 'hr_sampler_name',
      schedulerField: scheduler === undefined ? 'scheduler' : 'hr_scheduler',
      sampler: sampler ?? body.sampler_name ?? 'Euler',
      scheduler: scheduler ?? body.scheduler ?? undefined,
      automatic,
    },
    catalog ?? { samplers: [], schedulers: [] },
  );
}

function ownName(name: string | null | undefined): string | undefined {
  return name === undefined || name === null || /^(use same (sampler|scheduler)|)$/i.test(name)
    ? undefined
    : name;
}

function sizeOf(payload: string, body: Body, { width, height }: FirstPass, { multiple }: Setting): HiresSize {
  const rounded = (pixels: number): number => Math.round(pixels / multiple) * multiple;
  const x = body.hr_resize_x ?? 0;
  const y = body.hr_resize_y ?? 0;
  if (x === 0 && y === 0) {
    const scale = within(payload, 'hr_scale', body.hr_scale ?? 2, 0.01, 8);
    return { width: rounded(width * scale), height: rounded(height * scale), scale };
  }
  // One side alone keeps the proportions.
  const size = { width: x || (y * width) / height, height: y || (x * height) / width };
  within(payload, 'hr_resize_x', size.width, 16, 16_384);
  within(payload, 'hr_resize_y', size.height, 16, 16_384);
  return { width: rounded(size.width), height: rounded(size.height), scale: undefined };
}

/** A1111's ways of enlarging a latent; those that smooth have the plain one as their nearest. */
const LATENT: ReadonlyMap<string, { method: string; nearest: boolean }> = new Map([
  ['latent', { method: 'bilinear', nearest: false }],
  ['latent (antialiased)', { method: 'bilinear', nearest: true }],
  ['latent (bicubic)', { method: 'bicubic', nearest: false }],
  ['latent (bicubic antialiased)', { method: 'bicubic', nearest: true }],
  ['latent (nearest)', { method: 'nearest-exact', nearest: true }],
  ['latent (nearest-exact)', { method: 'nearest-exact', nearest: false }],
]);

const PLAIN_IMAGE: ReadonlyMap<string, string> = new Map([
  ['none', 'lanczos'],
  ['lanczos', 'lanczos'],
  ['nearest', 'nearest-exact'],
]);

function upscalerOf(payload: string, asked: string, catalog: Catalog | undefined): Upscaler {
  const name = asked.trim().toLowerCase();
  const latent = LATENT.get(name);
  if (latent !== undefined) return { kind: 'latent', ...latent };
  const plain = PLAIN_IMAGE.get(name);
  if (plain !== undefined) return { kind: 'image', method: plain, model: undefined };
  if (catalog === undefined) return { kind: 'image', method: 'lanczos', model: asked };
  const model = matchFile(asked, catalog.upscaleModels, (problem) =>
    unsupported(payload, 'hr_upscaler', asked, `${problem} "Latent" and "Lanczos" always work.`),
  );
  return { kind: 'image', method: 'lanczos', model };
}
