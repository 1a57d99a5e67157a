/**
 * Do the settings that a reply reports fit the request? Extensions change prompts and steps, proxies mix up replies, and the
 * status is 200 all the same. Compared is only what no server writes differently: numbers as numbers, prompts without
 * regard to blanks and comments, and nothing of what styles and scripts of the payload's own may change.
 */
import type { ImageRequest } from '../../../types.ts';
import type { WebuiError } from '../../http/errors.ts';
import { infotextField, infotextPrompts, infotextSteps } from './infotext-field.ts';
import type { MergedBody } from '../backends/backend.ts';
import type { GenerationInfo } from '../schemas.ts';

export type Fail = (field: string, asked: unknown, got: unknown, advice: string) => WebuiError;

/** @param sent the body as it went out, with what the backend has added. @throws what `fail` makes */
export function assertSettings(
  request: ImageRequest,
  sent: MergedBody,
  info: GenerationInfo,
  fail: Fail,
): void {
  if (text(request.body['script_name']) !== '') return;
  assertNumbers(request, sent, info, fail);
  assertHires(sent, info, fail);
  if (!hasOwnPrompts(request)) assertPrompts(request, sent, info, fail);
}

function assertNumbers(request: ImageRequest, sent: MergedBody, info: GenerationInfo, fail: Fail): void {
  const overrides = record(sent['override_settings']);
  const check = (field: string, asked: unknown, got: unknown): void => {
    if (isOther(asked, got)) throw fail(field, asked, got, 'An extension may be changing it; turn it off.');
  };
  check('batch size', sent['batch_size'], info.batch_size);
  check('clip skip', overrides['CLIP_stop_at_last_layers'], info.clip_skip);
  if (hasScript(request, 'sampler')) return;
  check('number of steps', sent['steps'], info.steps);
  check('CFG scale', sent['cfg_scale'], info.cfg_scale);
  for (const infotext of textsOf(request, info)) {
    check('number of steps', sent['steps'], infotextSteps(infotext));
    check('CFG scale', sent['cfg_scale'], infotextField(infotext, 'CFG scale'));
    // Said only of models that use it.
    check('distilled CFG scale', sent['distilled_cfg_scale'], infotextField(infotext, 'Distilled CFG Scale'));
  }
}

/** The second pass: that it was made, and as it was asked for. */
function assertHires(sent: MergedBody, info: GenerationInfo, fail: Fail): void {
  const said = info.extra_generation_params;
  const isOld = Number(sent['firstphase_width'] ?? 0) > 0 || Number(sent['firstphase_height'] ?? 0) > 0;
  if (sent['enable_hr'] !== true || isOld || said == null) return;
  const advice = 'An extension may be changing the second pass; turn it off.';
  const resizes = [sent['hr_resize_x'], sent['hr_resize_y']].some((side) => Number(side ?? 0) > 0);
  const scale = Number(sent['hr_scale'] ?? 2);
  if (!Object.keys(said).some((label) => label.startsWith('Hires'))) {
    // With nothing to enlarge the server leaves it out.
    if (resizes || scale === 1) return;
    throw fail('second pass', `hr_scale ${scale}`, 'none', advice);
  }
  const check = (field: string, key: string, label: string): void => {
    if (isOther(sent[key], said[label])) throw fail(field, sent[key], said[label], advice);
  };
  if (!resizes) check('hr_scale', 'hr_scale', 'Hires upscale');
  if (Number(sent['hr_second_pass_steps'] ?? 0) > 0)
    check('hr_second_pass_steps', 'hr_second_pass_steps', 'Hires steps');
  check('denoising strength', 'denoising_strength', 'Denoising strength');
  const [upscaler, used] = [text(sent['hr_upscaler']), text(said['Hires upscaler'])];
  if (upscaler !== '' && used !== '' && upscaler !== used) throw fail('hr_upscaler', upscaler, used, advice);
}

function assertPrompts(request: ImageRequest, sent: MergedBody, info: GenerationInfo, fail: Fail): void {
  const prompt = text(sent['prompt']);
  const negative = text(sent['negative_prompt']);
  const hasPrompt = typeof sent['prompt'] === 'string';
  const hasNegative = typeof sent['negative_prompt'] === 'string';
  const check = (field: string, asked: string, got: string | null | undefined): void => {
    if (got === undefined || got === null || isSamePrompt(asked, got)) return;
    throw fail(field, shown(asked, got), shown(got, asked), PROMPT_CHANGED);
  };
  const texts = textsOf(request, info);
  for (const index of request.seeds.keys()) {
    if (hasPrompt) check('prompt', prompt, info.all_prompts?.[index] ?? info.prompt);
    if (hasNegative) {
      check('negative prompt', negative, info.all_negative_prompts?.[index] ?? info.negative_prompt);
    }
    if (!hasPrompt || !hasNegative) continue;
    const label = 'Negative prompt: ';
    const whole = negative === '' ? prompt : `${prompt}\n${label}${negative}`;
    check('prompt', whole, infotextPrompts(texts[index]));
  }
}

const PROMPT_CHANGED =
  'An extension such as dynamic-prompts may be changing prompts; turn it off: autombw expands prompts itself, once for the whole run.';

/** Styles and scripts of the payload may well change its prompts: that is what they are for. */
function hasOwnPrompts({ body }: ImageRequest): boolean {
  const styles = body['styles'];
  return (
    (Array.isArray(styles) && styles.length > 0) || Object.keys(record(body['alwayson_scripts'])).length > 0
  );
}

function hasScript({ body }: ImageRequest, name: string): boolean {
  return Object.keys(record(body['alwayson_scripts'])).some((key) => key.toLowerCase() === name);
}

/** Those of the images that were asked for. */
function textsOf(
  { seeds }: ImageRequest,
  { infotexts, index_of_first_image: first }: GenerationInfo,
): readonly string[] {
  return infotexts.slice(first, first + seeds.length);
}

/** Both are there, and are other numbers. */
function isOther(asked: unknown, got: unknown): boolean {
  if (asked === undefined || asked === null || got === undefined || got === null || got === '') return false;
  const [one, other] = [Number(asked), Number(got)];
  if (!Number.isFinite(one) || !Number.isFinite(other)) return false;
  return Math.abs(one - other) > 1e-4;
}

/** Blanks do not count, nor do comments, which newer servers take out. */
function isSamePrompt(asked: string, got: string): boolean {
  const plain = (prompt: string): string => prompt.replaceAll(/\s+/g, ' ').trim();
  const uncommented = (prompt: string): string => plain(prompt.replaceAll(/#[^\n]*(?:\n|$)/g, '\n'));
  return plain(asked) === plain(got) || uncommented(asked) === uncommented(got);
}

/** The part around the first difference. */
function shown(prompt: string, other: string): string {
  let at = 0;
  while (at < prompt.length && prompt[at] === other[at]) at++;
  const start = Math.max(0, at - 20);
  const part = prompt.slice(start, start + 80).replaceAll(/\s+/g, ' ');
  return `"${start > 0 ? '…' : ''}${part}${start + 80 < prompt.length ? '…' : ''}"`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
