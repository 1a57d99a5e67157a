import { describe, expect, it } from 'vitest';
import type { Expectations } from '../../../../src/renderers/a1111/images/check-reply.ts';
import { isTransient } from '../../../../src/renderers/http/errors.ts';
import { schedulersSchema } from '../../../../src/renderers/a1111/schemas.ts';
import { bodyOf, imagesOf } from '../../../../src/renderers/a1111/images/txt2img.ts';
import type { ImageRequest, Image } from '../../../../src/types.ts';
import { recorded } from '../../../helpers/replay-server.ts';
import { makeRequest } from '../make-request.ts';

const expected: Expectations = {
  address: 'http://gpu:7860',
  model: { names: ['tinyA'], hash: '30d56a6809' },
  schedulers: schedulersSchema.parse(recorded('get_schedulers').body),
};
/** Base64 of the text "0", "1" …, in place of images; the recorded ones are cut. */
const images = ['MA==', 'MQ==', 'Mg==', 'Mw==', 'NA=='];

function requestOf(name: string, seeds: readonly number[]): ImageRequest {
  return { ...makeRequest({}, { seeds }), body: recorded(name).request.body as Record<string, unknown> };
}

interface ReadOptions {
  readonly count?: number;
  readonly change?: Record<string, unknown>;
  readonly overExpected?: Partial<Expectations>;
}

function read(
  name: string,
  seeds: readonly number[],
  { count = seeds.length, change = {}, overExpected = {} }: ReadOptions = {},
): readonly Image[] {
  const info = { ...recorded(name).derived?.info_parsed, ...change };
  const reply = { images: images.slice(0, count), info: JSON.stringify(info) };
  return imagesOf(requestOf(name, seeds), reply, { ...expected, ...overExpected }, 8);
}

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

const text = ({ bytes }: Image): string => Buffer.from(bytes).toString();

describe('bodyOf', () => {
  it('has the image saved where an extension needs that', () => {
    expect(bodyOf(makeRequest(), 'task(x)', true)).toMatchObject({
      save_images: true,
      do_not_save_samples: false,
      send_images: true,
    });
  });

  it('is the recorded request and how the images come back', () => {
    const request = requestOf('txt2img_min', [1]);
    expect(bodyOf(request, 'task(x)')).toEqual({
      ...(recorded('txt2img_min').request.body as object),
      save_images: false,
      send_images: true,
      do_not_save_samples: true,
      do_not_save_grid: true,
      force_task_id: 'task(x)',
    });
  });

  it('has only keys that the server echoes among its parameters', () => {
    const known = Object.keys((recorded('txt2img_min').body as { parameters: object }).parameters);
    for (const key of Object.keys(bodyOf(makeRequest(), 'task(x)'))) expect(known).toContain(key);
  });

  it.each([
    [{ override_settings: { sd_model_checkpoint: 'tinyB' } }, 'override_settings.sd_model_checkpoint'],
    [{ refiner_checkpoint: 'tinyB' }, 'refiner_checkpoint'],
    [{ hr_checkpoint_name: 'tinyB' }, 'hr_checkpoint_name'],
  ])('refuses %j', (fields, key) => {
    const make = (): unknown => bodyOf(makeRequest(fields), 'task(x)');
    expect(make).toThrow(expect.objectContaining({ code: 'payload-checkpoint', kind: 'usage' }));
    expect(make).toThrow(key);
  });
});

describe('imagesOf', () => {
  it('reads the recorded reply', () => {
    const [image, ...others] = read('txt2img_min', [1]);
    expect(others).toEqual([]);
    expect(image).toMatchObject({
      index: 0,
      seconds: 8,
      reported: {
        seed: 1,
        modelName: 'tinyA',
        modelHash: '30d56a6809',
        samplerName: 'Euler',
        width: 128,
        height: 128,
      },
    });
    expect(image?.reported.infotext).toMatch(/^a cat\nSteps: 4, Sampler: Euler/);
  });

  it('reads a whole info string as the server writes it', () => {
    const { info } = recorded('txt2img_min').body as { info: string };
    const images = imagesOf(requestOf('txt2img_min', [1]), { images: ['MA=='], info }, expected, 1);
    expect(images.map(text)).toEqual(['0']);
  });

  it('shares the time out over the images of a batch', () => {
    const images = read('txt2img_batch', [100, 101, 102, 103]);
    expect(images.map(text)).toEqual(['0', '1', '2', '3']);
    expect(images.map(({ seconds, index, reported }) => [seconds, index, reported.seed])).toEqual([
      [2, 0, 100],
      [2, 1, 101],
      [2, 2, 102],
      [2, 3, 103],
    ]);
  });

  it('drops the grid, and its infotext', () => {
    const images = read('txt2img_batch_save_images', [100, 101, 102, 103], { count: 5 });
    expect(images.map(text)).toEqual(['1', '2', '3', '4']);
    expect(images.map(({ reported }) => /Seed: (\d+)/.exec(reported.infotext ?? '')?.[1])).toEqual([
      '100',
      '101',
      '102',
      '103',
    ]);
  });

  it('leaves out images that an extension appended', () => {
    expect(read('txt2img_min', [1], { count: 3 }).map(text)).toEqual(['0']);
  });

  it('takes fewer images than asked for an interruption', () => {
    const short = (): unknown =>
      read('q_interrupted_txt2img', [1, 2, 3], {
        count: 1,
        overExpected: { model: { names: ['tinyA'], hash: null } },
      });
    expect(short).toThrow(expect.objectContaining({ code: 'webui-interrupted' }));
    expect(short).toThrow(/1 of the 3 images/);
  });

  it.each(['rubbish', '[]', '{}', '{"all_seeds":"1"}'])('refuses the info %s', (info) => {
    expect(() => imagesOf(makeRequest(), { images, info }, expected, 1)).toThrow(
      expect.objectContaining({ code: 'webui-bad-reply' }),
    );
  });

  it('refuses an empty image', () => {
    const { info } = recorded('txt2img_min').body as { info: string };
    expect(() => imagesOf(makeRequest(), { images: ['!!'], info }, expected, 1)).toThrow(
      expect.objectContaining({ code: 'webui-bad-reply' }),
    );
  });
});

describe('images that a script has sorted', () => {
  const SCRIPT = 'ImageReward - generate human preference scores';
  const SEEDS = [100, 101, 102, 103];
  /** As the script of ImageReward writes it: the texts go with the images, the seeds stay as they were. */
  const scored = (seed: number): string =>
    `a sign, Seed: 5\nSteps: 4, Sampler: Euler, Seed: ${seed}, Size: 128x128\n ImageReward Score: ${seed / 1000}`;

  function readSorted(infotexts: readonly string[], body: object, seeds = SEEDS): readonly Image[] {
    const request = requestOf('txt2img_batch', seeds);
    const info = { ...recorded('txt2img_batch').derived?.info_parsed, infotexts, all_seeds: seeds };
    const reply = { images: images.slice(0, infotexts.length), info: JSON.stringify(info) };
    return imagesOf({ ...request, body: { ...request.body, ...body } }, reply, expected, 1);
  }

  const seedIn = ({ reported }: Image): unknown => [
    reported.seed,
    /Size.*Score: (.*)/s.exec(reported.infotext ?? '')?.[1],
  ];

  it.each([[{ script_name: SCRIPT, script_args: [false, 0] }], [{}]])('find their seeds, with %j', (body) => {
    const images = readSorted([102, 100, 103, 101].map(scored), body);
    expect(images.map(text)).toEqual(['1', '3', '0', '2']);
    expect(images.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(images.map(seedIn)).toEqual([
      [100, '0.1'],
      [101, '0.101'],
      [102, '0.102'],
      [103, '0.103'],
    ]);
  });

  it.each([
    ['equal seeds in a text', [100, 100, 102, 103], SEEDS],
    ['a seed that was not asked', [101, 100, 102, 7], SEEDS],
    ['equal seeds among the asked', [101, 100, 100, 100], [100, 100, 100, 101]],
  ])('are refused when it is open which is which: %s', (_, found, seeds) => {
    const wrong = (): unknown => readSorted(found.map(scored), { script_name: SCRIPT }, seeds);
    expect(wrong).toThrow(expect.objectContaining({ code: 'webui-wrong-reply', field: 'seed' }));
    expect(wrong).toThrow(/be matched; the script "ImageReward/);
  });

  it.each([
    ['a fork that repeats the first text', [100, 100, 100, 100].map(scored)],
    ['texts without seeds', ['', 'a', 'b', 'c']],
  ])('are left alone without a script: %s', (_, infotexts) => {
    expect(readSorted(infotexts, {}).map(text)).toEqual(['0', '1', '2', '3']);
  });

  it('are left alone when all have the same seed', () => {
    const infotexts = [5, 5, 5, 5].map(scored);
    const images = readSorted(infotexts, { script_name: SCRIPT }, [5, 5, 5, 5]);
    expect(images.map(text)).toEqual(['0', '1', '2', '3']);
  });
});

describe('replies that answer something else', () => {
  it.each([
    ['model', { sd_model_name: 'tinyB' }, /requested tinyA, got tinyB\./, true],
    [
      'model',
      { sd_model_hash: '8352438271' },
      /requested tinyA \[30d56a6809\], got tinyA \[8352438271\]/,
      true,
    ],
    ['seed', { all_seeds: [2] }, /requested 1, got 2\./, true],
    ['seed', { all_seeds: [1, 2] }, /requested 1, got 1,2\./, true],
    ['sampler', { sampler_name: 'DPM++ 2M' }, /requested Euler, got DPM\+\+ 2M\./, true],
    ['width', { width: 120 }, /requested 128, got 120\./, true],
    ['height', { height: 512 }, /requested 128, got 512\./, true],
  ])('%s: %j', (field, change, message, transient) => {
    const wrong = (): unknown => read('txt2img_min', [1], { change });
    expect(wrong).toThrow(expect.objectContaining({ code: 'webui-wrong-reply', kind: 'run', field }));
    expect(wrong).toThrow(message);
    expect(isTransient(thrownBy(wrong))).toBe(transient);
  });

  it.each([
    ['txt2img_unknown_sampler', 'sampler', /requested Nope, got DPM\+\+ 2M\./],
    ['txt2img_unknown_scheduler', 'scheduler', /requested Nope, got Automatic\./],
  ])('%s', (name, field, message) => {
    expect(() => read(name, [1])).toThrow(expect.objectContaining({ code: 'webui-wrong-reply', field }));
    expect(() => read(name, [1])).toThrow(message);
  });

  it.each([
    'txt2img_sampler_old_style_name',
    'txt2img_scheduler',
    'txt2img_scheduler_exponential',
    'txt2img_hires',
    'txt2img_size_not_mult8',
    'rbm_12_w1',
  ])('%s is what was asked', (name) => {
    expect(read(name, [1])).toHaveLength(1);
  });

  it('an old name with a scheduler that the server does not know', () => {
    const request = makeRequest({ sampler_name: 'DPM++ 2M Karros' });
    const info = JSON.stringify(recorded('txt2img_unknown_sampler').derived?.info_parsed);
    expect(() => imagesOf(request, { images, info }, expected, 1)).toThrow(/requested DPM\+\+ 2M Karros,/);
  });

  it('a scheduler may be asked by its short name', () => {
    const request = makeRequest({ sampler_name: 'DPM++ 2M', scheduler: 'karras' });
    const info = JSON.stringify(recorded('txt2img_scheduler').derived?.info_parsed);
    expect(imagesOf(request, { images, info }, expected, 1)).toHaveLength(1);
  });

  it('the old hires fields leave the base size to the server', () => {
    const request = makeRequest({ enable_hr: true, firstphase_width: 64, width: 256 });
    const info = JSON.stringify(recorded('txt2img_min').derived?.info_parsed);
    expect(imagesOf(request, { images, info }, expected, 1)).toHaveLength(1);
  });

  it('compares nothing that the server does not tell', () => {
    const silent = {
      sd_model_name: null,
      sd_model_hash: null,
      sampler_name: null,
      width: null,
      height: null,
    };
    expect(read('txt2img_min', [1], { change: { ...silent, infotexts: [] } })[0]?.reported).toEqual({
      seed: 1,
      modelName: null,
      modelHash: null,
      samplerName: null,
      width: null,
      height: null,
      infotext: null,
    });
  });
});
