import { describe, expect, it } from 'vitest';
import { catalogOf } from '../../../../src/renderers/comfyui/attach.ts';
import type { Catalog } from '../../../../src/renderers/comfyui/catalog.ts';
import { settingsOf } from '../../../../src/renderers/comfyui/request/settings.ts';
import type { ChainSettings } from '../../../../src/renderers/comfyui/request/settings.ts';
import { makeRequest } from '../make-request.ts';
import { withUpscaler } from './recordings.ts';

const catalog = catalogOf(new Map(Object.entries(withUpscaler())));
const settings = (fields: Record<string, unknown>, known: Catalog | undefined = catalog): ChainSettings =>
  settingsOf(makeRequest(fields), known);
const hires = { enable_hr: true, denoising_strength: 0.5 };

describe('sampler and scheduler', () => {
  it.each([
    ['Euler', undefined, 'euler', 'normal'],
    ['Euler a', 'Automatic', 'euler_ancestral', 'normal'],
    ['LMS Karras', undefined, 'lms', 'karras'],
    ['Heun', 'Uniform', 'heun', 'normal'],
    ['DPM2', 'automatic', 'dpm_2', 'karras'],
    ['DPM2 a Karras', undefined, 'dpm_2_ancestral', 'karras'],
    ['DPM fast', 'Simple', 'dpm_fast', 'simple'],
    ['DPM adaptive', 'Exponential', 'dpm_adaptive', 'exponential'],
    ['LCM', 'SGM Uniform', 'lcm', 'sgm_uniform'],
    ['DPM++ 2M', undefined, 'dpmpp_2m', 'karras'],
    ['DPM++ 2M Karras', 'Automatic', 'dpmpp_2m', 'karras'],
    ['dpm++ 2m karras', 'Exponential', 'dpmpp_2m', 'karras'],
    ['DPM++ SDE', 'Normal', 'dpmpp_sde', 'normal'],
    ['DPM++ 2M SDE', undefined, 'dpmpp_2m_sde', 'exponential'],
    ['DPM++ 2M SDE Karras', undefined, 'dpmpp_2m_sde', 'karras'],
    ['DPM++ 2M SDE Heun Exponential', undefined, 'dpmpp_2m_sde_heun', 'exponential'],
    ['DPM++ 3M SDE', 'KL Optimal', 'dpmpp_3m_sde', 'kl_optimal'],
    ['DPM++ 2S a', 'Beta', 'dpmpp_2s_ancestral', 'beta'],
    ['UniPC', 'karras', 'uni_pc', 'karras'],
    ['DDIM', undefined, 'ddim', 'ddim_uniform'],
    ['DDIM', 'Karras', 'ddim', 'karras'],
    ['Euler', 'DDIM', 'euler', 'ddim_uniform'],
    // Names of ComfyUI itself.
    ['uni_pc_bh2', 'linear_quadratic', 'uni_pc_bh2', 'linear_quadratic'],
    ['dpmpp_2m', undefined, 'dpmpp_2m', 'normal'],
  ])('%s with %s is %s with %s', (sampler_name, scheduler, sampler, name) => {
    const fields = { sampler_name, ...(scheduler === undefined ? {} : { scheduler }) };
    expect(settings(fields).sampler).toMatchObject({ sampler, scheduler: name });
  });

  it.each([
    ['Restart', undefined, '"sampler_name" to "Restart", which ComfyUI does not have. Use another one'],
    ['PLMS', undefined, 'such as "DDIM"'],
    ['DDIM CFG++', undefined, 'such as "DDIM"'],
    ['Eular a', undefined, 'Did you mean "Euler a"?'],
    [
      'Euler',
      'Polyexponential',
      '"scheduler" to "Polyexponential", which ComfyUI does not have. Use another one, such as "Exponential"',
    ],
    ['Euler', 'Align Your Steps', 'such as "Karras"'],
    ['Euler', 'Karas', 'Did you mean "Karras"?'],
    ['DPM++ 2M Polyexponential', undefined, 'such as "Exponential"'],
  ])('%s with %s is refused', (sampler_name, scheduler, words) => {
    const fields = { sampler_name, ...(scheduler === undefined ? {} : { scheduler }) };
    for (const known of [catalog, undefined]) {
      const run = (): unknown => settingsOf(makeRequest(fields), known);
      expect(run).toThrow(words);
      expect(run).toThrow(expect.objectContaining({ code: 'payload-unsupported', kind: 'usage' }));
    }
  });

  it('are refused when this server lacks them', () => {
    const old = { ...catalog, samplers: ['euler'], schedulers: ['normal'] };
    expect(() => settings({ sampler_name: 'UniPC' }, old)).toThrow('which ComfyUI does not have');
    expect(() => settings({ scheduler: 'KL Optimal' }, old)).toThrow('which ComfyUI does not have');
    expect(settings({ sampler_name: 'Euler' }, old).sampler.sampler).toBe('euler');
  });
});

describe('fields that cannot be mapped', () => {
  it.each([
    [{ restore_faces: true }, 'restore_faces'],
    [{ tiling: true }, 'tiling'],
    [{ styles: ['anime'] }, 'write them out in the prompt'],
    [{ alwayson_scripts: { 'Tiled VAE': { args: [true] } } }, 'alwayson_scripts'],
    [{ script_name: 'X/Y/Z plot' }, 'script_name'],
    [{ subseed_strength: 0.2 }, 'variation seeds'],
    [{ seed_resize_from_w: 512 }, 'seed_resize_from_w'],
    [{ firstphase_width: 512 }, 'hr_scale'],
    [{ eta: 0.5 }, 'eta'],
    [{ s_churn: 1 }, 's_churn'],
    [{ s_noise: 1.01 }, 's_noise'],
    [{ override_settings: { eta_noise_seed_delta: 31337 } }, 'override_settings.eta_noise_seed_delta'],
    [{ override_settings: { CLIP_stop_at_last_layer: 2 } }, 'Did you mean "CLIP_stop_at_last_layers"?'],
    [{ width: 500 }, 'the nearest is 504'],
    [{ height: 8 }, 'ComfyUI takes 16 to 16384'],
    [{ steps: 0 }, '"steps" to 0; ComfyUI takes 1 to 10000'],
    [{ cfg_scale: 101 }, 'ComfyUI takes 0 to 100'],
    [{ steps: 'many' }, '"steps" to "many"'],
    [{ clip_skip: 25 }, 'whole numbers from 1 to 24'],
    [{ override_settings: { CLIP_stop_at_last_layers: '2' } }, 'CLIP_stop_at_last_layers'],
    [{ override_settings: { sd_vae: 'pixelspace' } }, 'Did you mean "pixel_space"?'],
    [{ override_settings: { sd_vae: 7 } }, 'name a VAE file'],
    [{ enable_hr: true }, 'needs a "denoising_strength"'],
    [{ ...hires, hr_upscaler: 'Nope' }, '"hr_upscaler" to "Nope"; no file has that name'],
    [{ ...hires, hr_upscaler: 'RealESRGAN_x4plu' }, 'Did you mean "RealESRGAN_x4plus'],
    [{ ...hires, hr_scale: 9 }, '"hr_scale" to 9'],
    [{ ...hires, hr_sampler_name: 'PLMS' }, '"hr_sampler_name" to "PLMS"'],
    [{ ...hires, hr_scheduler: 'Polyexponential' }, '"hr_scheduler" to "Polyexponential"'],
    [{ ...hires, hr_prompt: '<lora:x:1>' }, 'hr_prompt'],
  ])('%j', (fields, words) => {
    expect(() => settings(fields)).toThrow(words);
    expect(() => settings(fields)).toThrow(
      expect.objectContaining({ code: 'payload-unsupported', kind: 'usage' }),
    );
    expect(() => settings(fields)).toThrow('"cats"');
  });

  it.each(['refiner_checkpoint', 'hr_checkpoint_name'])('%s', (field) => {
    expect(() => settings({ [field]: 'x' })).toThrow(expect.objectContaining({ code: 'payload-checkpoint' }));
  });

  it('a checkpoint among the settings', () => {
    const fields = { override_settings: { sd_model_checkpoint: 'x' } };
    expect(() => settings(fields)).toThrow(expect.objectContaining({ code: 'payload-checkpoint' }));
  });

  it('tags of extra networks, in either prompt', () => {
    for (const prompt of ['<lyco:y>', '<hypernet:z:1>']) {
      expect(() => settingsOf({ ...makeRequest(), prompt }, catalog)).toThrow('reads it as text there');
    }
    for (const prompt of ['a <lora:x:0.8> cat', '<lyco:y>']) {
      expect(() => settingsOf({ ...makeRequest(), negativePrompt: prompt }, catalog)).toThrow(
        '"negative_prompt"',
      );
    }
  });

  it.each([-1, 2 ** 53, 1.5])('seed %s', (seed) => {
    expect(() => settingsOf(makeRequest({}, { seeds: [seed] }), catalog)).toThrow('"seed"');
  });
});

it('what is off or empty does no harm', () => {
  expect(() =>
    settings({
      restore_faces: false,
      tiling: null,
      styles: [],
      alwayson_scripts: {},
      script_name: '',
      subseed: 5,
      subseed_strength: 0,
      seed_resize_from_w: -1,
      firstphase_width: 0,
      eta: null,
      s_churn: 0,
      s_tmax: 0,
      s_noise: 1,
      override_settings: { randn_source: 'CPU' },
      comments: {},
      refiner_checkpoint: '',
    }),
  ).not.toThrow();
});

it('a whole body of the API that says nothing does no harm', () => {
  expect(() =>
    settings({
      steps: 20,
      sampler_name: 'Euler a',
      eta: 0,
      s_noise: 0,
      distilled_cfg_scale: 3.5,
      override_settings: {
        eta_noise_seed_delta: 0,
        sd_hypernetwork: 'None',
        sd_unet: 'Automatic',
        token_merging_ratio: 0,
      },
      alwayson_scripts: {
        ADetailer: { args: [false, false, { ad_model: 'face_yolov8n.pt' }] },
        'adetailer of nothing': { args: [true, false, { ad_model: 'None' }] },
        ControlNet: { args: [{ enabled: false, module: 'none', weight: 1 }, { enabled: false }] },
        'API payload': { args: [] },
        Comments: {},
        Refiner: { args: [false, '', 0.8] },
        'Refiner by name': { args: { enable_refiner: false, refiner_switch_at: 0.8 } },
        Sampler: { args: [20, 'Euler a', 'Automatic'] },
        Seed: { args: [-1, false, -1, 0, 0, 0] },
        empty: null,
      },
    }),
  ).not.toThrow();
});

it('of scripts, only those that do something are named', () => {
  const scripts = {
    ControlNet: { args: [{ enabled: false }, { enabled: true, model: 'depth' }] },
    Seed: { args: [5, true, 3, 0.5, 0, 0] },
    Sampler: { args: [30, 'Heun', 'Karras'] },
    'Tiled VAE': { args: [true] },
    Detail: { args: [0.5] },
    ADetailer: { args: [false] },
  };
  const run = (): unknown => settings({ steps: 20, alwayson_scripts: scripts });
  for (const title of ['ControlNet', 'Seed', 'Sampler', 'Tiled VAE', 'Detail']) {
    expect(run).toThrow(`"${title}"`);
  }
  expect(run).not.toThrow('ADetailer');
});

it('all fields that are refused are told at once', () => {
  const fields = { tiling: true, eta: 0.5, override_settings: { a: 1, b: 2 }, refiner_checkpoint: 'x' };
  for (const field of ['tiling', 'eta', 'override_settings.a', 'override_settings.b', 'refiner_checkpoint']) {
    expect(() => settings(fields)).toThrow(`"${field}"`);
  }
});

it('names of files are looked up only once the server is known', () => {
  const fields = { ...hires, hr_upscaler: 'Any', override_settings: { sd_vae: 'any.pt' } };
  expect(settingsOf(makeRequest(fields))).toMatchObject({
    vae: 'any.pt',
    hires: { upscaler: { model: 'Any' } },
  });
});

it('BREAK is ignored of the text', () => {
  expect(settingsOf({ ...makeRequest(), prompt: 'a cat BREAK a dog' }, catalog).prompt).toBe('a cat a dog');
  expect(settingsOf({ ...makeRequest(), prompt: 'BREAKFAST' }, catalog).prompt).toBe('BREAKFAST');
});

describe('tags of LoRAs', () => {
  const known = { ...catalog, loras: ['style/ink.safetensors', 'detail.safetensors'] };
  const of = (prompt: string, list: Catalog | undefined = known): ChainSettings =>
    settingsOf({ ...makeRequest(), prompt }, list);

  it('leave the text and become files with strengths', () => {
    expect(of('a cat <lora:ink:0.6>, <LORA:detail>')).toMatchObject({
      prompt: 'a cat ,',
      loras: [
        { file: 'style/ink.safetensors', textEncoder: 0.6, network: 0.6 },
        { file: 'detail.safetensors', textEncoder: 1, network: 1 },
      ],
    });
    expect(of('<lora:ink:-1> a cat')).toMatchObject({ prompt: 'a cat', loras: [{ network: -1 }] });
    expect(settingsOf({ ...makeRequest(), prompt: '<lora:any:1:0.5>' }).loras).toEqual([
      { file: 'any', textEncoder: 1, network: 0.5 },
    ]);
  });

  it.each([
    ['<lora:inc:1>', 'Did you mean "'],
    ['<lora:ink:0.5:0.7:1>', 'with one number'],
    ['<lora:ink:0.5:>', 'with one number'],
    ['<lora:ink:much>', 'with one number'],
    ['<lora:ink:>', 'with one number'],
    ['<lora:ink:101>', 'with one number'],
    ['<lora::1>', 'no file has that name'],
  ])('%s is refused', (prompt, words) => {
    expect(() => of(prompt)).toThrow(words);
    expect(() => of(prompt)).toThrow(expect.objectContaining({ code: 'payload-unsupported' }));
  });
});

describe('the second pass', () => {
  it.each([
    [{}, { method: 'bilinear', nearest: false }],
    [{ hr_upscaler: 'latent (antialiased)' }, { method: 'bilinear', nearest: true }],
    [{ hr_upscaler: 'Latent (bicubic)' }, { method: 'bicubic', nearest: false }],
    [{ hr_upscaler: 'Latent (nearest)' }, { method: 'nearest-exact', nearest: true }],
    [{ hr_upscaler: 'None' }, { kind: 'image', method: 'lanczos', model: undefined }],
    [{ hr_upscaler: 'Nearest' }, { kind: 'image', method: 'nearest-exact' }],
    [{ hr_upscaler: 'RealESRGAN_x4plus' }, { kind: 'image', model: 'RealESRGAN_x4plus.pth' }],
  ])('%j enlarges by %j', (fields, upscaler) => {
    expect(settings({ ...hires, ...fields }).hires?.upscaler).toMatchObject(upscaler);
  });

  it.each([
    [{ hr_scale: 1.5 }, { width: 192, height: 96, scale: 1.5 }],
    [{}, { width: 256, height: 128, scale: 2 }],
    [{ hr_resize_x: 384 }, { width: 384, height: 192, scale: undefined }],
    [{ hr_resize_y: 160 }, { width: 320, height: 160 }],
    [
      { hr_resize_x: 200, hr_resize_y: 200 },
      { width: 200, height: 200 },
    ],
  ])('%j makes %j of 128 x 64', (fields, size) => {
    expect(settings({ ...hires, width: 128, height: 64, ...fields }).hires?.size).toMatchObject(size);
  });

  it.each([
    [{ steps: 20, denoising_strength: 0.5 }, 10],
    [{ steps: 20, denoising_strength: 0.7, hr_second_pass_steps: 30 }, 21],
    [{ steps: 20, denoising_strength: 1 }, 20],
    [{ steps: 20, denoising_strength: 0 }, 1],
    [{ steps: 20, denoising_strength: 0.5, hr_second_pass_steps: 0 }, 10],
  ])('%j runs %i steps', (fields, steps) => {
    expect(settings({ enable_hr: true, ...fields }).hires?.steps).toBe(steps);
  });
});
