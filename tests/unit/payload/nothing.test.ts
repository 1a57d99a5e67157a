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
      'remove "sampler_name", or name one: "string" is only the placeholder of the server\'s page /docs.',
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

describe('scripts that bring a checkpoint', () => {
  const ADETAILER = { ad_model: 'face_yolov8n.pt', ad_checkpoint: 'anime.safetensors' };
  it.each([
    ['x/y/z plot by name', { script_name: 'x/y/z plot', script_args: ['Checkpoint name', 'a, b', []] }],
    [
      'x/y/z plot by its values',
      { script_name: 'X/Y/Z plot', script_args: [11, 'a.safetensors, b.ckpt', []] },
    ],
    [
      'x/y/z plot by its list',
      { script_name: 'x/y/z plot', script_args: [11, '', ['a.safetensors [0123456789]']] },
    ],
    ['the refiner', { alwayson_scripts: { Refiner: { args: [true, 'xl-refiner', 0.8] } } }],
    [
      'ADetailer',
      { alwayson_scripts: { ADetailer: { args: [true, false, { ...ADETAILER, ad_use_checkpoint: true }] } } },
    ],
    ['a merger', { alwayson_scripts: { 'Model Mixer': { args: [true, 'a', 'b'] } } }],
    ['another script', { alwayson_scripts: { Mine: { args: [{ sd_model_checkpoint: 'a' }] } } }],
    ['a setting of Forge', { override_settings: { sd_checkpoint_hash: 'abc' } }],
    [
      'a model by the name of another tool',
      { alwayson_scripts: { Mine: { args: [{ units: [{ ckpt_name: 'a' }] }] } } },
    ],
    ['arguments without a list', { alwayson_scripts: { Mine: { args: { checkpoint: 'a' } } } }],
    ['arguments without their key', { alwayson_scripts: { Mine: { checkpoint: 'a' } } }],
    ['x/y/z plot, off in its first value', { script_name: 'XYZ_grid', script_args: [false, 'unet'] }],
    [
      'a unit with the use of another',
      { alwayson_scripts: { M: { args: [{ use_checkpoint: true, checkpoint: 'a' }] } } },
    ],
    ['the TensorRT UNet', { override_settings: { sd_unet: '[TRT] a' } }],
  ])('are refused: %s', (_, raw) => {
    expect(linesOf(raw)).toEqual([expect.stringMatching(/^remove .*the search (?:decides|merges)/)]);
  });

  it.each([
    ['the refiner, off', { Refiner: { args: [false, 'xl-refiner', 0.8] } }],
    ['the refiner without a model', { Refiner: { args: [true, 'None', 0.8] } }],
    [
      'ADetailer without use',
      { ADetailer: { args: [true, false, { ...ADETAILER, ad_use_checkpoint: false }] } },
    ],
    [
      'ADetailer, the same',
      {
        ADetailer: {
          args: [{ ...ADETAILER, ad_checkpoint: 'Use same checkpoint', ad_use_checkpoint: true }],
        },
      },
    ],
    ['ADetailer, off', { ADetailer: { args: [false, false, { ...ADETAILER, ad_use_checkpoint: true }] } }],
    [
      'ControlNet',
      { ControlNet: { args: [{ enabled: true, model: 'control_v11p_sd15_canny [d14c016b]' }] } },
    ],
    ['a unit that does not use it', { Mine: { args: [{ use_checkpoint: false, checkpoint: 'a' }] } }],
    ['ADetailer, not said', { ADetailer: { args: [true, false, ADETAILER] } }],
    ['a unit that is off by the other word', { Mine: { args: [{ enable: false, checkpoint: 'a' }] } }],
    ['a script of no arguments', { Mine: null }],
    ['a name that only looks like one of files', { Mine: { args: [true, 'a.safetensors is my file'] } }],
    ['a unit that is off', { Mine: { args: [{ enabled: false, checkpoint: 'a' }] } }],
    ['AnimateDiff', { AnimateDiff: { args: [{ model: 'mm_sd_v15_v2.ckpt', enable: true }] } }],
    ['a merger, off', { 'Runtime Block Merge': { args: [false, 'a.safetensors'] } }],
  ])('pass: %s', (_, scripts) => {
    expect(linesOf({ alwayson_scripts: scripts })).toEqual([]);
    expect(warningsOf({ alwayson_scripts: scripts })).toEqual([]);
  });

  it.each([
    [
      { alwayson_scripts: { Mine: { args: [true, 'a.safetensors'] } } },
      /names "a.safetensors": if that is a checkpoint/,
    ],
    [
      { alwayson_scripts: { Mine: { args: ['a.gguf', 'b.ckpt', 'c.pt', 'd.safetensors'] } } },
      /names "a\.gguf", "b\.ckpt", "c\.pt": if/,
    ],
    [
      { override_settings: { sd_text_encoder: ['None', ' te.safetensors '] } },
      /with " te\.safetensors " inst/,
    ],
    [{ alwayson_scripts: { Mine: { args: [`${'x'.repeat(70)}.ckpt [0123abcd]`] } } }, /names "x{59}…": if/],
    [{ script_name: 'x/y/z plot', script_args: [4, '10,20', []] }, /axes by number/],
    [{ enable_hr: true, hr_additional_modules: ['ae.safetensors'] }, /"hr_additional_modules" makes these/],
    [{ override_settings: { sd_vae: 'x.pt' } }, /"override_settings.sd_vae" .* "x.pt"/],
    [{ override_settings: { forge_additional_modules: ['ae.safetensors'] } }, /forge_additional_modules/],
  ])('are named where it is open: %j', (raw, message) => {
    expect(linesOf(raw)).toEqual([]);
    expect(warningsOf(raw)).toEqual([expect.stringMatching(message)]);
  });
});

describe('templates that nobody draws from', () => {
  it.each([
    [
      { prompt: 'a __colour__ {cat|dog}' },
      /^"prompt" is sent as it stands, with __colour__, \{cat\|dog\}: .*wildcard_type/,
    ],
    [{ prompt: 'a __two words/*__' }, /with __two words\/\*__:/],
    [{ negative_prompt: '{2$$a|b}' }, /^"negative_prompt" is sent as it stands/],
    [{ prompt: '{% if x %}a{% endif %}' }, /^"prompt" is sent as it stands/],
    [{ prompt: 'a {b|c}', wildcard_type: 'jinja2' }, /jinja2 has/],
    [{ prompt: '{% if x %}a{% endif %}', wildcard_type: 'random' }, /jinja2 alone: with random their braces/],
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
