/** A payload file: the keys of the Python tool plus every other key of `POST /sdapi/v1/txt2img`. */
import { z } from 'zod';

const count = z.int().min(1).max(10_000);
const size = z.int().min(8).max(16_384);
const pixels = z.int().min(0).max(16_384);

/** Those of the Python tool, and `cyclical`. */
const WILDCARD_TYPES = ['none', 'random', 'combinatorial', 'cyclical', 'jinja2', 'lucky'] as const;

/** Other keys are kept and sent as they are: extensions and later versions of the WebUI add some. */
export const payloadSchema = z.looseObject({
  // For the tool, not for the WebUI.
  wildcard_type: z.enum(WILDCARD_TYPES).default('none'),
  reverse_scoring: z.boolean().default(false),

  prompt: z.string(),
  negative_prompt: z.string().default(''),
  /** -1 = draw one for the whole run. */
  seed: z.int().min(-1).default(-1),
  batch_size: count.default(1),
  n_iter: count.default(1),
  width: size.default(512),
  height: size.default(512),
  steps: count.optional(),
  cfg_scale: z.number().optional(),
  sampler_name: z.string().min(1).nullish(),
  scheduler: z.string().min(1).nullish(),
  restore_faces: z.boolean().nullish(),
  tiling: z.boolean().nullish(),
  subseed: z.int().min(-1).default(-1),
  subseed_strength: z.number().min(0).max(1).default(0),
  seed_resize_from_h: z.int().optional(),
  seed_resize_from_w: z.int().optional(),

  enable_hr: z.boolean().default(false),
  denoising_strength: z.number().min(0).max(1).nullish(),
  firstphase_width: pixels.optional(),
  firstphase_height: pixels.optional(),
  hr_scale: z.number().positive().max(16).optional(),
  hr_upscaler: z.string().nullish(),
  hr_second_pass_steps: z.int().min(0).optional(),
  hr_resize_x: pixels.optional(),
  hr_resize_y: pixels.optional(),
  hr_sampler_name: z.string().nullish(),
  hr_scheduler: z.string().nullish(),
  hr_prompt: z.string().optional(),
  hr_negative_prompt: z.string().optional(),

  styles: z.array(z.string()).nullish(),
  eta: z.number().nullish(),
  s_min_uncond: z.number().nullish(),
  s_churn: z.number().nullish(),
  s_tmax: z.number().nullish(),
  s_tmin: z.number().nullish(),
  s_noise: z.number().nullish(),
  override_settings: z.record(z.string(), z.unknown()).nullish(),
  disable_extra_networks: z.boolean().optional(),
  comments: z.record(z.string(), z.unknown()).nullish(),
  alwayson_scripts: z.record(z.string(), z.unknown()).optional(),
  script_name: z.string().nullish(),
  script_args: z.array(z.unknown()).optional(),

  // Of Forge.
  distilled_cfg_scale: z.number().nullish(),
  hr_cfg: z.number().nullish(),
  hr_distilled_cfg: z.number().nullish(),
  hr_additional_modules: z.array(z.string()).nullish(),
  /** Becomes `CLIP_stop_at_last_layers` of `override_settings`. */
  clip_skip: z.int().min(0).nullish(),
});

export type Payload = Readonly<z.output<typeof payloadSchema>>;

/** The Python tool sets these itself, so exported payloads may carry them: they change nothing and are dropped. */
export const HARMLESS_KEYS = [
  'do_not_save_samples',
  'do_not_save_grid',
  'save_images',
  'send_images',
] as const;

/**
 * Keys of txt2img that would break a search, and why. The model is what is searched, and the run itself decides
 * what is saved and sent back.
 */
export const FORBIDDEN_KEYS: Readonly<Record<string, string>> = {
  refiner_checkpoint: 'a second checkpoint in one image makes runtime-block-merge lose its weights',
  refiner_switch_at: 'a second checkpoint in one image makes runtime-block-merge lose its weights',
  hr_checkpoint_name: 'a second checkpoint in one image makes runtime-block-merge lose its weights',
  infotext: 'it fills in fields the run does not know about',
  force_task_id: 'the run names its own tasks',
  firstpass_image: 'it belongs to the WebUI’s own hires button',
  sampler_index: 'use sampler_name',
  override_settings_restore_afterwards: 'a search always restores overridden settings',
};
