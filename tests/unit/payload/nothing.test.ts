/** Whole requests as servers, their pages and interfaces write them: what says nothing passes, the rest is told at once. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isExpected } from '../../../src/shared/errors.ts';
import { loadPayloads, parsePayload } from '../../../src/payload/load.ts';
import { toRequests } from '../../../src/payload/requests.ts';

const INPUTS = path.resolve(import.meta.dirname, '../../fixtures/inputs');
const swagger = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(INPUTS, name), 'utf8')) as Record<string, unknown>;

const warningsOf = (raw: object): string[] => {
  const warnings: string[] = [];
  parsePayload({ prompt: 'a', ...raw }, 'p', (message) => warnings.push(message.replace('Payload p: ', '')));
  return warnings;
};
const linesOf = (raw: object): string[] => {
  try {
    parsePayload({ prompt: 'a', ...raw }, 'p');
  } catch (error) {
    if (!isExpected(error)) throw error;
    return error.message.split('\n').map((line) => line.replace('Payload p: ', ''));
  }
  return [];
};
const bodyOf = async (raw: object) => {
  const payload = parsePayload({ prompt: 'a', ...raw }, 'p');
  return (await toRequests([{ name: 'p', payload }], 1))[0]?.body;
};

describe('a whole request from the page /docs', () => {
  it('passes when it says nothing else', async () => {
    const warnings: string[] = [];
    const [loaded] = await loadPayloads([path.join(INPUTS, 'swagger-clean.json')], {
      onWarning: (message) => warnings.push(message),
    });
    expect(warnings).toEqual([]);
    expect(loaded?.payload).toMatchObject({ steps: 50, sampler_name: 'Euler a', tiling: true });
  });

  it('is told all its keys at once', () => {
    expect(
      linesOf(swagger('swagger.json')).map((line) => /^remove "(\w+)", /.exec(line)?.[1] ?? line),
    ).toEqual([
      'refiner_checkpoint',
      'refiner_switch_at',
      'infotext',
      'force_task_id',
      'firstpass_image',
      'sampler_name',
      'scheduler',
      'script_name',
      'styles',
    ]);
    expect(linesOf({ sampler_name: 'string', hr_upscaler: 'string' })).toEqual([
      'remove "sampler_name", or name one: "string" is only the placeholder on the server\'s /docs page.',
    ]);
    expect(linesOf({ enable_hr: true, hr_upscaler: 'string' })).toHaveLength(1);
    expect(linesOf({ prompt: 'string' })).toEqual([]);
  });
});

describe('values that set nothing', () => {
  it.each([
    { refiner_checkpoint: null },
    { refiner_checkpoint: '' },
    { refiner_checkpoint: 'None', refiner_switch_at: 0.8 },
    { refiner_switch_at: 0 },
    { refiner_switch_at: 1 },
    { refiner_switch_at: null },
    { enable_hr: true, hr_checkpoint_name: 'Use same checkpoint' },
    {
      enable_hr: true,
      hr_checkpoint_name: null,
      hr_sampler_name: 'Use same sampler',
      hr_scheduler: 'Use same scheduler',
    },
    { enable_hr: true, hr_additional_modules: ['Use same choices'] },
    { enable_hr: false, hr_checkpoint_name: 'left-over.safetensors', hr_scale: 0, hr_resize_x: null },
    { infotext: '', firstpass_image: null, force_task_id: '' },
    { sampler_name: 'DPM++ 2M', sampler_index: 'Euler a' },
    { sampler_index: 'Euler' },
    { sampler_name: '', scheduler: '' },
    { script_name: null, script_args: [] },
    { script_name: 'None', script_args: [] },
    { alwayson_scripts: {}, override_settings: {}, styles: [], comments: {} },
    { alwayson_scripts: null, override_settings: null, styles: null, comments: null, script_args: null },
    { override_settings_restore_afterwards: true, seed_enable_extras: true },
    { override_settings: { sd_model_checkpoint: null, sd_unet: 'Automatic', sd_vae: 'Automatic' } },
    { seed: null, subseed: null, width: null, height: null, n_iter: null, batch_size: null, tiling: null },
    { enable_hr: null, hr_scale: null, denoising_strength: null, eta: null, disable_extra_networks: null },
    { send_images: true, save_images: false, do_not_save_samples: true, do_not_save_grid: false },
    { styles: ['None'] },
  ])('%j', async (raw) => {
    expect(linesOf(raw)).toEqual([]);
    expect(warningsOf(raw)).toEqual([]);
    const body = JSON.stringify(await bodyOf(raw));
    expect(body).not.toMatch(/None|Use same|checkpoint|left-over|sampler_index|null/);
  });

  it.each([
    { override_settings: { sd_checkpoints_limit: 2, sd_checkpoint_cache: 0 } },
    { hr_additional_modules: ['ae.safetensors'] },
    {
      override_settings: { sd_vae: ' Automatic ', sd_lora: 'Use same choices', forge_additional_modules: [] },
    },
  ])('nor do those that count, or that the server does not look at: %j', (raw) => {
    expect(linesOf(raw)).toEqual([]);
    expect(warningsOf(raw)).toEqual([]);
  });

  it('and those that do set something do not pass', () => {
    expect(linesOf({ refiner_switch_at: 'x' })[0]).toMatch(/^remove "refiner_switch_at"/);
    expect(linesOf({ styles: ['None', 'x'] })).toEqual([]);
    expect(linesOf({ script_args: [1] })).toEqual([]);
    expect(linesOf({ refiner_checkpoint: 'x' })).toHaveLength(1);
    expect(linesOf({ enable_hr: true, hr_checkpoint_name: 'x' })).toHaveLength(1);
    expect(linesOf({ sampler_index: 'DPM++ 2M' })).toEqual(['remove "sampler_index", use sampler_name.']);
    expect(linesOf({ override_settings_restore_afterwards: false })).toHaveLength(1);
    expect(linesOf({ override_settings: { sd_model_checkpoint: 'x' }, infotext: 'x', steps: 0 })).toEqual([
      expect.stringMatching(/^remove "infotext"/),
      expect.stringMatching(/^remove "override_settings.sd_model_checkpoint"/),
      expect.stringMatching(/^"steps" must be at least 1/),
    ]);
    expect(linesOf({ prompt: null })).toEqual(['"prompt" is missing.']);
  });
});

describe('keys of other tools', () => {
  it('are told by what they mean', () => {
    const raw = {
      neg_prompt: 'u',
      cfg: 7,
      sampler: 'Euler',
      guidance_scale: 7,
      num_inference_steps: 5,
      batch_count: 2,
      n_samples: 1,
      w: 8,
      clip_skip_layers: 1,
      'Negative Prompt': '',
      hires_fix: true,
      uc: '',
      denoise: 1,
      clipSkip: 2,
      num_steps: 5,
      size: '512x512',
      prompt_negative: '',
      hr_upscale: 2,
      num_batches: 2,
    };
    const told = Object.fromEntries(
      warningsOf(raw).map((line) => [/key "(.*)" is/.exec(line)?.[1] ?? '', /mean "(.*)"\?/.exec(line)?.[1]]),
    );
    expect(told).toEqual({
      neg_prompt: 'negative_prompt',
      cfg: 'cfg_scale',
      sampler: 'sampler_name',
      guidance_scale: 'cfg_scale',
      num_inference_steps: 'steps',
      batch_count: 'n_iter',
      n_samples: 'batch_size',
      w: 'width',
      clip_skip_layers: undefined,
      'Negative Prompt': 'negative_prompt',
      hires_fix: 'enable_hr',
      uc: 'negative_prompt',
      denoise: 'denoising_strength',
      clipSkip: 'override_settings.CLIP_stop_at_last_layers',
      num_steps: 'steps',
      size: 'width" and "height',
      prompt_negative: 'negative_prompt',
      hr_upscale: 'hr_scale',
      num_batches: 'n_iter',
    });
    expect(warningsOf({ model: 'x' })).toEqual([
      'Unknown key "model" is sent as it is; the search decides which model makes the images.',
    ]);
  });

  it('those of bayesian-merger’s payload', async () => {
    const warnings: string[] = [];
    await loadPayloads([path.join(INPUTS, 'bm.yaml')], { onWarning: (message) => warnings.push(message) });
    expect(warnings.join('\n')).toMatch(
      /"neg_prompt".*"negative_prompt"[^]*"cfg".*"cfg_scale"[^]*"sampler".*"sampler_name"/,
    );
  });
});

it('clip_skip reaches the WebUI under its name there', async () => {
  const body = await bodyOf({ clip_skip: 2, override_settings: { eta_noise_seed_delta: 31337 } });
  expect(body).toMatchObject({
    override_settings: { CLIP_stop_at_last_layers: 2, eta_noise_seed_delta: 31337 },
  });
  expect(body).not.toHaveProperty('clip_skip');
  expect(await bodyOf({ clip_skip: 0 })).not.toHaveProperty('override_settings');
  const both = await bodyOf({ clip_skip: 2, override_settings: { CLIP_stop_at_last_layers: 1 } });
  expect(both).toMatchObject({ override_settings: { CLIP_stop_at_last_layers: 1 } });
});

describe('templates that nobody draws from', () => {
  it.each([
    [
      { prompt: 'a __colour__ {cat|dog}' },
      /^"prompt" is sent literally, with __colour__, \{cat\|dog\}: .*wildcard_type/,
    ],
    [{ prompt: 'a __two words/*__' }, /with __two words\/\*__:/],
    [{ negative_prompt: '{2$$a|b}' }, /^"negative_prompt" is sent literally/],
    [{ prompt: '{% if x %}a{% endif %}' }, /^"prompt" is sent literally/],
    [{ prompt: 'a {b|c}', wildcard_type: 'jinja2' }, /jinja2 has/],
    [
      { prompt: '{% if x %}a{% endif %}', wildcard_type: 'random' },
      /jinja2 understands: with random their braces/,
    ],
    [
      { hr_prompt: '{a|b}', wildcard_type: 'random', enable_hr: true },
      /^"hr_prompt" .* only prompt and negative_prompt/,
    ],
  ])('%j', (raw, message) => {
    expect(warningsOf(raw)).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    { prompt: '{cat|dog}', wildcard_type: 'none' },
    { prompt: '{cat|dog}', wildcard_type: 'random' },
    {
      prompt: '{masterpiece}, {{best quality}}, (a:1.2), [b:c:0.5], <lora:my__big__name:1>, snake_case__name',
    },
    { prompt: '# not a comment __ __ {' },
  ])('but nothing is said of %j', (raw) => {
    expect(warningsOf(raw)).toEqual([]);
  });
});
