import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assertAsAsked } from '../../../../src/renderers/a1111/images/check-reply.ts';
import type { Expectations } from '../../../../src/renderers/a1111/images/check-reply.ts';
import { generationInfoSchema, schedulersSchema } from '../../../../src/renderers/a1111/schemas.ts';
import { recorded } from '../../../helpers/replay-server.ts';
import type { Recorded } from '../../../helpers/replay-server.ts';
import { makeRequest } from '../make-request.ts';

const schedulers = schedulersSchema.parse(recorded('get_schedulers').body);

type Body = Record<string, unknown>;

/** Does the reply fit the request, as far as anything but the model is concerned? */
function check(body: Body, said: unknown, sent?: Body): void {
  const info = generationInfoSchema.parse(said);
  const expected: Expectations = {
    address: 'http://gpu:7860',
    model: { names: [info.sd_model_name ?? ''], hash: null },
    schedulers,
    ...(sent === undefined ? {} : { sent }),
  };
  assertAsAsked({ ...makeRequest({}, { seeds: info.all_seeds }), body }, info, expected);
}

/** Recordings in which the server did on purpose something else than it was asked. */
const OTHERWISE = new Set([
  'txt2img_unknown_sampler',
  'txt2img_unknown_scheduler',
  'txt2img_unknown_sampler_index',
]);

const FOLDER = new URL('../../../fixtures/webui/', import.meta.url);

function* exchanges(): Generator<[string, Body, unknown]> {
  for (const file of readdirSync(FOLDER)) {
    const text = readFileSync(new URL(file, FOLDER), 'utf8');
    const { request, derived } = JSON.parse(text) as Partial<Recorded>;
    const isImage = request?.path === '/sdapi/v1/txt2img' && derived?.info_parsed !== undefined;
    if (isImage) yield [file.replace('.json', ''), request.body as Body, derived.info_parsed];
  }
}

describe('recorded replies', () => {
  const all = [...exchanges()];

  it('are many, of every backend', () => {
    expect(all.length).toBeGreaterThan(150);
  });

  const isOtherwise = ([name, body]: (typeof all)[number]): boolean =>
    OTHERWISE.has(name) && body['sampler_index'] === undefined;

  it.each(all.filter((one) => !isOtherwise(one)))('%s is as asked', (_, body, info) => {
    expect(() => check(body, info)).not.toThrow();
  });

  it.each(all.filter(isOtherwise))('%s is not', (_, body, info) => {
    expect(() => check(body, info)).toThrow(
      /does not know the (sampler|scheduler); correct the name in the payload/,
    );
  });
});

const BODY: Body = {
  prompt: 'a cat, <lora:fur:0.5>',
  negative_prompt: 'blurry',
  steps: 20,
  cfg_scale: 7,
  distilled_cfg_scale: 3.5,
  sampler_name: 'DPM++ 2M',
  scheduler: 'Karras',
  width: 512,
  height: 768,
  batch_size: 1,
  override_settings: { CLIP_stop_at_last_layers: 2 },
};
const LINE =
  'Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.0, Seed: 7, Size: 512x768, Clip skip: 2';
const INFO = {
  prompt: 'a cat, <lora:fur:0.5>',
  all_prompts: ['a cat, <lora:fur:0.5>'],
  negative_prompt: 'blurry',
  all_negative_prompts: ['blurry'],
  all_seeds: [7],
  steps: 20,
  cfg_scale: 7.0,
  sampler_name: 'DPM++ 2M',
  width: 512,
  height: 768,
  batch_size: 1,
  clip_skip: 2,
  sd_model_name: 'a',
  extra_generation_params: { 'Schedule type': 'Karras' },
  infotexts: [`a cat, <lora:fur:0.5>\nNegative prompt: blurry\n${LINE}`],
};
const HIRES = {
  body: {
    ...BODY,
    enable_hr: true,
    hr_scale: 1.5,
    hr_upscaler: 'Latent',
    hr_second_pass_steps: 5,
    denoising_strength: 0.7,
  },
  extra: {
    'Denoising strength': 0.7,
    'Hires upscale': 1.5,
    'Hires steps': 5,
    'Hires upscaler': 'Latent',
    'Hires prompt': null,
  },
};

describe('what a reply says', () => {
  it.each<[string, object, RegExp]>([
    ['steps', { steps: 8 }, /a different number of steps: requested 20, got 8/],
    [
      'steps in the text alone',
      { infotexts: [INFO.infotexts[0]?.replace('Steps: 20', 'Steps: 8')] },
      /steps/,
    ],
    ['CFG scale', { cfg_scale: 3.5 }, /a different CFG scale: requested 7, got 3.5/],
    [
      'distilled CFG scale in the text',
      { infotexts: [INFO.infotexts[0]?.replace('7.0,', '7.0, Distilled CFG Scale: 3.0,')] },
      /a different distilled CFG scale: requested 3.5, got 3.0/,
    ],
    ['CFG scale in the text', { infotexts: [INFO.infotexts[0]?.replace('7.0', '3.5')] }, /CFG scale/],
    ['sampler', { sampler_name: 'Euler' }, /a different sampler: requested/],
    [
      'sampler in the text',
      { infotexts: [INFO.infotexts[0]?.replace('DPM++ 2M', 'Euler')] },
      /a different sampler: requested/,
    ],
    [
      'scheduler',
      { infotexts: [INFO.infotexts[0]?.replace('Karras', 'Simple')] },
      /a different scheduler: requested Karras, got Simple\. An extension may be changing it; turn it off\.$/,
    ],
    ['prompt', { all_prompts: ['a dog, <lora:fur:0.5>'] }, /a different prompt: .*a dog.*dynamic-prompts/],
    ['prompt without a list', { all_prompts: undefined, prompt: 'a dog' }, /a different prompt: requested/],
    ['a LoRA taken out', { all_prompts: ['a cat, '] }, /a different prompt: requested/],
    [
      'prompt in the text',
      { infotexts: [INFO.infotexts[0]?.replace('cat', 'dog')] },
      /a different prompt: requested/,
    ],
    ['negative prompt', { all_negative_prompts: ['sharp'] }, /a different negative prompt: requested/],
    [
      'negative in the text',
      { infotexts: [INFO.infotexts[0]?.replace('blurry', 'sharp')] },
      /a different prompt: requested/,
    ],
    ['width', { width: 640 }, /a different width: requested/],
    ['batch size', { batch_size: 4 }, /a different batch size: requested/],
    ['clip skip', { clip_skip: 1 }, /a different clip skip: requested/],
    ['seed', { all_seeds: [8] }, /a different seed: requested/],
  ])('another %s is told', (_, change, message) => {
    const { body } = { body: BODY };
    const info = generationInfoSchema.parse({ ...INFO, ...change });
    const act = (): void => {
      assertAsAsked({ ...makeRequest({}, { seeds: [7] }), body }, info, {
        address: 'http://gpu:7860',
        model: { names: ['a'], hash: null },
        schedulers,
      });
    };
    expect(act).toThrow(expect.objectContaining({ code: 'webui-wrong-reply' }));
    expect(act).toThrow(message);
  });

  it.each<[string, Body, object]>([
    ['as asked', {}, {}],
    ['numbers in another writing', { cfg_scale: '7', steps: '20' }, {}],
    ['blanks', { prompt: ' a cat,   <lora:fur:0.5>\n' }, {}],
    ['comments', { prompt: 'a cat, # not a dog\n<lora:fur:0.5>' }, {}],
    ['a sampler in its old name', { sampler_name: 'DPM++ 2M Karras', scheduler: undefined }, {}],
    ['a sampler in small letters', { sampler_name: 'dpm++ 2m' }, {}],
    ['a sampler by its short name', { sampler_name: 'k_dpmpp_2m' }, {}],
    ['a version that named both in one', {}, { sampler_name: 'DPM++ 2M Karras', infotexts: [] }],
    ['styles, which change prompts', { styles: ['nice'] }, { all_prompts: ['nice cat'], infotexts: [] }],
    [
      'a script of its own',
      { script_name: 'prompt matrix' },
      { all_prompts: ['x'], steps: 3, infotexts: [] },
    ],
    [
      'an extension asked for',
      { alwayson_scripts: { 'dynamic prompts': { args: [] } } },
      { all_prompts: ['x'], infotexts: [] },
    ],
    [
      'an old version that says little',
      {},
      {
        all_prompts: undefined,
        prompt: undefined,
        steps: undefined,
        cfg_scale: null,
        clip_skip: undefined,
        infotexts: [],
        extra_generation_params: undefined,
      },
    ],
  ])('%s passes', (_, body, change) => {
    expect(() => check({ ...BODY, ...body }, { ...INFO, ...change })).not.toThrow();
  });

  it('is compared with what was sent, tags of the backend included', () => {
    const prompt = 'a cat <lora:b:1:lbw=0,1>';
    const info = { ...INFO, all_prompts: [prompt], infotexts: [] };
    expect(() => check(BODY, info, { ...BODY, prompt })).not.toThrow();
    expect(() => check(BODY, info)).toThrow(/a different prompt: requested/);
  });

  it('a second pass as asked passes', () => {
    const info = { ...INFO, extra_generation_params: HIRES.extra };
    expect(() => check(HIRES.body, info)).not.toThrow();
  });

  it.each<[string, object, RegExp]>([
    ['another scale', { 'Hires upscale': 2 }, /hr_scale/],
    ['other steps', { 'Hires steps': 9 }, /hr_second_pass_steps/],
    ['another upscaler', { 'Hires upscaler': 'ESRGAN' }, /hr_upscaler/],
    ['another strength', { 'Denoising strength': 0.3 }, /denoising strength/],
  ])('second pass: %s', (_, change, message) => {
    const act = (): void =>
      check(HIRES.body, { ...INFO, extra_generation_params: { ...HIRES.extra, ...change } });
    expect(act).toThrow(message);
  });

  it('a second pass that was left out is told', () => {
    expect(() => check(HIRES.body, INFO)).toThrow(
      /a different second pass: requested hr_scale 1\.5, got none/,
    );
  });
});
