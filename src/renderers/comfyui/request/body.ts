/** The fields of a txt2img request that ComfyUI's nodes can express, checked for their types. */
import { z } from 'zod';
import type { ImageRequest } from '../../../types.ts';
import { unsupported } from './refusal.ts';

const text = z.string().nullish();
const number = z.number().nullish();
const bodySchema = z.object({
  width: number,
  height: number,
  steps: number,
  cfg_scale: number,
  distilled_cfg_scale: number,
  sampler_name: text,
  scheduler: text,
  clip_skip: number,
  denoising_strength: number,
  enable_hr: z.boolean().nullish(),
  hr_scale: number,
  hr_upscaler: text,
  hr_second_pass_steps: number,
  hr_resize_x: number,
  hr_resize_y: number,
  hr_sampler_name: text,
  hr_scheduler: text,
  hr_prompt: text,
  hr_negative_prompt: text,
  override_settings: z.record(z.string(), z.unknown()).nullish(),
});
/** The fields that are mapped, of the types that they must have. */
export type Body = z.output<typeof bodySchema>;

/** @throws usage error `payload-unsupported` */
export function parseBody({ body, payload }: ImageRequest): Body {
  const parsed = bodySchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = String(issue?.path[0] ?? 'body');
  throw unsupported(payload, field, body[field], `correct it: ${issue?.message ?? 'wrong type'}.`);
}
