import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadPayloads, parsePayload } from '../../../src/payload/load.ts';
import { imageCount, toRequests } from '../../../src/payload/requests.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const fixtures = path.resolve(import.meta.dirname, '../../fixtures/astolfomix/payloads');

describe('payload files', () => {
  let folder = '';
  const write = (name: string, text: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  beforeAll(() => {
    folder = temporaryFolder('payload');
  });

  it('takes the real ones as they are', async () => {
    const files = readdirSync(fixtures).map((name) => path.join(fixtures, name));
    const loaded = await loadPayloads(files);
    expect(loaded).toHaveLength(6);
    const nine = loaded.find(({ name }) => name === 'test-9img');
    expect(nine?.payload).toMatchObject({ n_iter: 9, seed: 3425689549, hr_scale: 1.5, steps: 48 });
    expect(imageCount(await toRequests(loaded, 1))).toBe(14);
  });

  it('numbers payloads of the same name', async () => {
    const files = ['same.json', 'same.yaml', 'same.toml'].map((name) =>
      write(name, name.endsWith('toml') ? 'prompt = "a"' : '{"prompt":"a"}'),
    );
    const names = (await loadPayloads(files)).map(({ name }) => name);
    expect(names).toEqual(['same', 'same-2', 'same-3']);
  });

  it.each([
    ['missing.json', undefined, /cannot be read/],
    ['empty.json', ' ', /is empty/],
    [
      'broken.json',
      '{"prompt":',
      /\(JSON, line 1, column 11\): expected a value, found the end of the file\.$/,
    ],
    ['list.json', '[]', /must hold one object/],
    ['no-prompt.json', '{}', /"prompt" is missing/],
    [
      'typo.json',
      '{"promt":"a"}',
      /"prompt" is missing\.\n.*"promt" is sent as it is\. Did you mean "prompt"\?/,
    ],
    ['text.json', '{"prompt":"a","steps":"5"}', /"steps" must be a number; got "5"/],
    ['zero.json', '{"prompt":"a","steps":0}', /"steps" must be at least 1; got 0/],
    ['refiner.json', '{"prompt":"a","refiner_checkpoint":"x"}', /remove "refiner_checkpoint"/],
    ['kind.json', '{"prompt":"a","wildcard_type":"wild"}', /must be one of none, random/],
  ])('refuses %s', async (name, text, message) => {
    const file = text === undefined ? path.join(folder, name) : write(name, text);
    await expect(loadPayloads([file])).rejects.toThrow(message);
  });

  it('keeps foreign keys of txt2img and drops what the Python tool adds', () => {
    const payload = parsePayload(
      {
        prompt: 'a',
        alwayson_scripts: { ADetailer: { args: [{}] } },
        save_images: false,
        do_not_save_grid: true,
      },
      'x',
    );
    expect(payload.alwayson_scripts).toEqual({ ADetailer: { args: [{}] } });
    expect(payload).not.toHaveProperty('save_images');
  });
});

describe('requests', () => {
  const named = (raw: object) => [{ name: 'p', payload: parsePayload({ prompt: 'a', ...raw }, 'p') }];

  it('makes one request for every round of n_iter, and counts the seed up over the images', async () => {
    const requests = await toRequests(named({ seed: 10, n_iter: 3, batch_size: 2 }), 1);
    expect(requests.map(({ id }) => id)).toEqual(['p/0', 'p/1', 'p/2']);
    expect(requests.map(({ seeds }) => seeds)).toEqual([
      [10, 11],
      [12, 13],
      [14, 15],
    ]);
    expect(requests[1]?.body).toMatchObject({ seed: 12, n_iter: 1, batch_size: 2, width: 512 });
  });

  it('counts the subseed up instead when it is in use', async () => {
    const requests = await toRequests(named({ seed: 10, subseed: 5, subseed_strength: 0.5, n_iter: 2 }), 1);
    expect(requests.map(({ seeds }) => seeds)).toEqual([[10], [10]]);
    expect(requests.map(({ body }) => body['subseed'])).toEqual([5, 6]);
  });

  it('draws random seeds once, from the run’s seed', async () => {
    const [first] = await toRequests(named({}), 1);
    const [again] = await toRequests(named({}), 1);
    const [other] = await toRequests(named({}), 2);
    expect(first?.seeds).toEqual(again?.seeds);
    expect(first?.seeds).not.toEqual(other?.seeds);
    expect(first?.seeds[0]).toBeGreaterThanOrEqual(0);
  });

  it('sends scripts and their arguments as they are', async () => {
    const scripts = {
      script_name: 'ImageReward - generate human preference scores',
      script_args: [false, 0],
      alwayson_scripts: { ADetailer: { args: [{ ad_model: 'face' }] } },
    };
    expect((await toRequests(named({ ...scripts, n_iter: 2 }), 1)).map(({ body }) => body)).toMatchObject([
      scripts,
      scripts,
    ]);
  });

  it('sends nothing that is for the tool, and no empty fields', async () => {
    const [request] = await toRequests(named({ reverse_scoring: true, sampler_name: null }), 1);
    expect(request?.reverseScoring).toBe(true);
    for (const key of ['wildcard_type', 'reverse_scoring', 'sampler_name', 'subseed']) {
      expect(request?.body).not.toHaveProperty(key);
    }
  });
});
