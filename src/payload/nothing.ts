/**
 * What a server, its page `/docs` or its interface writes for "nothing" in a whole request: such values set nothing, and
 * are dropped before anything is checked.
 */

import type { z } from 'zod';
import { payloadSchema } from './schema.ts';

type Body = Readonly<Record<string, unknown>>;

/** The words of the interface for no choice; the server compares some of them itself. */
export function isNothing(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'string' && /^(?:none|null|use same .*|)$/i.test(value.trim());
}

const isEmpty = (value: unknown): boolean =>
  isNothing(value) || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** Keys whose value may say nothing, by itself or beside the others. */
const NOTHING: Readonly<Record<string, (value: unknown, body: Body) => boolean>> = {
  refiner_checkpoint: isNothing,
  // When to change to a checkpoint that is not there.
  refiner_switch_at: (value, body) => isNothing(body['refiner_checkpoint']) && !isText(value),
  hr_checkpoint_name: isNothing,
  sampler_name: isNothing,
  scheduler: isNothing,
  hr_sampler_name: isNothing,
  hr_scheduler: isNothing,
  hr_additional_modules: (value) => Array.isArray(value) && value.every(isNothing),
  // The server asks for it only where sampler_name is empty, and Euler is what it takes then.
  sampler_index: (value, body) => isNothing(value) || value === 'Euler' || !isNothing(body['sampler_name']),
  infotext: isNothing,
  firstpass_image: isNothing,
  force_task_id: isNothing,
  override_settings_restore_afterwards: (value) => value === true,
  seed_enable_extras: (value) => value === true,
  script_name: isNothing,
  script_args: (value, body) => isEmpty(value) || isNothing(body['script_name']),
  styles: (value) => isNothing(value) || (Array.isArray(value) && value.every(isNothing)),
  comments: isEmpty,
  alwayson_scripts: isEmpty,
  override_settings: isEmpty,
};

/** Settings that name a model, and mean the one that is there anyway. */
const NOTHING_OVERRIDDEN = ['sd_model_checkpoint', 'sd_unet', 'sd_refiner_checkpoint', 'sd_model_refiner'];

/** A copy without what sets nothing. */
export function withoutNothing(given: Body): Record<string, unknown> {
  const kept = Object.entries(given).filter(
    ([key, value]) =>
      value !== null &&
      value !== undefined &&
      NOTHING[key]?.(value, given) !== true &&
      !(isLeftOver(key, value) && given['enable_hr'] !== true),
  );
  const body: Record<string, unknown> = Object.fromEntries(kept);
  const overrides = body['override_settings'];
  if (typeof overrides === 'object' && overrides !== null && !Array.isArray(overrides)) {
    body['override_settings'] = Object.fromEntries(
      Object.entries(overrides).filter(([key, value]) => !isOwnModel(key, value)),
    );
  }
  return body;
}

/** Without `enable_hr`, the server does not look at them: a form's `hr_scale` of 0 does no harm. */
function isLeftOver(key: string, value: unknown): boolean {
  if (key === 'hr_checkpoint_name') return true;
  return key.startsWith('hr_') && HIRES_FIELDS.get(key)?.safeParse(value).success === false;
}

const HIRES_FIELDS = new Map<string, z.ZodType>(Object.entries(payloadSchema.shape));

function isOwnModel(key: string, value: unknown): boolean {
  return NOTHING_OVERRIDDEN.includes(key) && (isNothing(value) || value === 'Automatic');
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && !isNothing(value);
}
