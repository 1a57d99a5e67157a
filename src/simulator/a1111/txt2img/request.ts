/** The body of txt2img: which fields there are, their defaults, and what is refused. Unknown fields are ignored. */
import { unprocessable } from '../failures.ts';
import type { BodyIssue } from '../failures.ts';
import { USUAL_GUIDANCE } from '../../models/transformers/guidance.ts';
import { boolean, dict, float, integer, isDict, list, text } from '../pydantic.ts';

export interface Txt2imgRequest {
  prompt: string | null;
  negative_prompt: string | null;
  styles: readonly unknown[] | null;
  seed: number | null;
  subseed: number | null;
  subseed_strength: number | null;
  seed_resize_from_h: number | null;
  seed_resize_from_w: number | null;
  sampler_name: string | null;
  scheduler: string | null;
  batch_size: number | null;
  n_iter: number | null;
  steps: number | null;
  cfg_scale: number | null;
  width: number | null;
  height: number | null;
  restore_faces: boolean | null;
  tiling: boolean | null;
  do_not_save_samples: boolean | null;
  do_not_save_grid: boolean | null;
  eta: number | null;
  denoising_strength: number | null;
  s_min_uncond: number | null;
  s_churn: number | null;
  s_tmax: number | null;
  s_tmin: number | null;
  s_noise: number | null;
  override_settings: Readonly<Record<string, unknown>> | null;
  override_settings_restore_afterwards: boolean | null;
  refiner_checkpoint: string | null;
  refiner_switch_at: number | null;
  disable_extra_networks: boolean | null;
  firstpass_image: string | null;
  comments: Readonly<Record<string, unknown>> | null;
  enable_hr: boolean | null;
  firstphase_width: number | null;
  firstphase_height: number | null;
  hr_scale: number | null;
  hr_upscaler: string | null;
  hr_second_pass_steps: number | null;
  hr_resize_x: number | null;
  hr_resize_y: number | null;
  hr_checkpoint_name: string | null;
  hr_sampler_name: string | null;
  hr_scheduler: string | null;
  hr_prompt: string | null;
  hr_negative_prompt: string | null;
  force_task_id: string | null;
  sampler_index: string | null;
  script_name: string | null;
  script_args: readonly unknown[] | null;
  send_images: boolean | null;
  save_images: boolean | null;
  alwayson_scripts: Readonly<Record<string, unknown>> | null;
  infotext: string | null;
  /** Forge only. */
  distilled_cfg_scale?: number | null;
}

/** @throws 422 with one issue for each field that cannot be read as its type */
export function readTxt2imgRequest(body: unknown, isForge = false): Txt2imgRequest {
  if (!isDict(body)) {
    throw unprocessable({ loc: ['body'], msg: 'value is not a valid dict', type: 'type_error.dict' });
  }
  const issues: BodyIssue[] = [];
  const field =
    <T>(read: (value: unknown) => T | undefined, msg: string, type: string) =>
    <D extends T | null>(name: string, standard: D): T | D | null => {
      const raw = body[name];
      if (raw === undefined) return standard;
      if (raw === null) return null;
      const value = read(raw);
      if (value === undefined) issues.push({ loc: ['body', name], msg, type });
      return value ?? null;
    };
  const int = field(integer, 'value is not a valid integer', 'type_error.integer');
  const real = field(float, 'value is not a valid float', 'type_error.float');
  const flag = field(boolean, 'value could not be parsed to a boolean', 'type_error.bool');
  const str = field(text, 'str type expected', 'type_error.str');
  const map = field(dict, 'value is not a valid dict', 'type_error.dict');
  const row = field(list, 'value is not a valid list', 'type_error.list');

  const request: Txt2imgRequest = {
    prompt: str('prompt', ''),
    negative_prompt: str('negative_prompt', ''),
    styles: row('styles', null),
    seed: int('seed', -1),
    subseed: int('subseed', -1),
    subseed_strength: real('subseed_strength', 0),
    seed_resize_from_h: int('seed_resize_from_h', -1),
    seed_resize_from_w: int('seed_resize_from_w', -1),
    sampler_name: str('sampler_name', null),
    scheduler: str('scheduler', null),
    batch_size: int('batch_size', 1),
    n_iter: int('n_iter', 1),
    steps: int('steps', 50),
    cfg_scale: real('cfg_scale', 7),
    width: int('width', 512),
    height: int('height', 512),
    restore_faces: flag('restore_faces', null),
    tiling: flag('tiling', null),
    do_not_save_samples: flag('do_not_save_samples', false),
    do_not_save_grid: flag('do_not_save_grid', false),
    eta: real('eta', null),
    denoising_strength: real('denoising_strength', null),
    s_min_uncond: real('s_min_uncond', null),
    s_churn: real('s_churn', null),
    s_tmax: real('s_tmax', null),
    s_tmin: real('s_tmin', null),
    s_noise: real('s_noise', null),
    override_settings: map('override_settings', null),
    override_settings_restore_afterwards: flag('override_settings_restore_afterwards', true),
    refiner_checkpoint: str('refiner_checkpoint', null),
    refiner_switch_at: real('refiner_switch_at', null),
    disable_extra_networks: flag('disable_extra_networks', false),
    firstpass_image: str('firstpass_image', null),
    comments: map('comments', null),
    enable_hr: flag('enable_hr', false),
    firstphase_width: int('firstphase_width', 0),
    firstphase_height: int('firstphase_height', 0),
    hr_scale: real('hr_scale', 2),
    hr_upscaler: str('hr_upscaler', null),
    hr_second_pass_steps: int('hr_second_pass_steps', 0),
    hr_resize_x: int('hr_resize_x', 0),
    hr_resize_y: int('hr_resize_y', 0),
    hr_checkpoint_name: str('hr_checkpoint_name', null),
    hr_sampler_name: str('hr_sampler_name', null),
    hr_scheduler: str('hr_scheduler', null),
    hr_prompt: str('hr_prompt', ''),
    hr_negative_prompt: str('hr_negative_prompt', ''),
    force_task_id: str('force_task_id', null),
    sampler_index: str('sampler_index', 'Euler'),
    script_name: str('script_name', null),
    script_args: row('script_args', []),
    send_images: flag('send_images', true),
    save_images: flag('save_images', false),
    alwayson_scripts: map('alwayson_scripts', {}),
    infotext: str('infotext', null),
    ...(isForge ? { distilled_cfg_scale: real('distilled_cfg_scale', USUAL_GUIDANCE) } : {}),
  };
  if (issues.length > 0) throw unprocessable(...issues);
  return withInfotext(request, body);
}

/** Fields that the request leaves out are taken from its `infotext`. */
function withInfotext(request: Txt2imgRequest, body: Readonly<Record<string, unknown>>): Txt2imgRequest {
  if (request.infotext === null) return request;
  const found = parseInfotext(request.infotext);
  const missing = Object.entries(found).filter(([name]) => body[name] === undefined);
  return { ...request, ...Object.fromEntries(missing) };
}

/** The common fields of an infotext under their request names. */
function parseInfotext(infotext: string): Partial<Txt2imgRequest> {
  const lines = infotext.trim().split('\n');
  const settings = lines.at(-1)?.startsWith('Steps:') === true ? (lines.pop() ?? '') : '';
  const at = lines.findIndex((line) => line.startsWith('Negative prompt:'));
  const negative = at < 0 ? [] : lines.splice(at);
  const setting = (label: string): string | undefined =>
    new RegExp(String.raw`(?:^|, )${label}: ([^,]*)`, 'u').exec(settings)?.[1];
  const number = (label: string): number | undefined => integer(setting(label));
  const size = /^(\d+)x(\d+)$/u.exec(setting('Size') ?? '');
  const found = {
    prompt: lines.join('\n'),
    negative_prompt: negative.join('\n').replace(/^Negative prompt:\s*/u, ''),
    steps: number('Steps'),
    sampler_name: setting('Sampler'),
    scheduler: setting('Schedule type'),
    cfg_scale: float(setting('CFG scale')),
    seed: number('Seed'),
    width: integer(size?.[1]),
    height: integer(size?.[2]),
    denoising_strength: float(setting('Denoising strength')),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
