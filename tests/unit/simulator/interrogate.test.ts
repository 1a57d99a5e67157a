import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startSimulator } from '../../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../../src/simulator/index.ts';
import { get, post, shoot } from './client.ts';
import type { Answer } from './client.ts';

const REQUEST = { prompt: '1girl, (Blue sky:1.2), saber \\(fate\\), <lora:x:1>', negative_prompt: 'blurry' };
const TAGS = ['1girl', 'blue_sky', 'blurry', 'saber_(fate)'];
const ranksSchema = z.object({ caption: z.record(z.string(), z.number()) });
let simulator: Simulator;

afterEach(async () => {
  await simulator.close();
});

async function draw(options: SimulatorOptions = {}): Promise<string> {
  simulator = await startSimulator(options);
  return (await shoot(simulator.url, REQUEST)).images[0] ?? '';
}

async function look(image: unknown, model = 'deepdanbooru', path = '/sdapi/v1/interrogate'): Promise<Answer> {
  return post(simulator.url, path, { image, model });
}

async function set(options: object): Promise<void> {
  await post(simulator.url, '/sdapi/v1/options', options);
}

describe('deepdanbooru', () => {
  it('keeps to the settings of the server', async () => {
    const image = await draw();
    await set({ interrogate_deepbooru_score_threshold: 0 });
    expect((await look(image)).body).toEqual({
      caption: String.raw`1girl, blue sky, blurry, saber \(fate\)`,
    });
    await set({ deepbooru_escape: false, deepbooru_use_spaces: false, deepbooru_filter_tags: 'blue sky, x' });
    expect((await look(`data:image/png;base64,${image}`)).body).toEqual({
      caption: '1girl, blurry, saber_(fate)',
    });
    await set({ interrogate_return_ranks: true });
    expect((await look(image)).body).toEqual({
      caption: expect.stringMatching(
        /^\(1girl:0\.\d{3}\), \(blurry:0\.\d{3}\), \(saber_\(fate\):0\.\d{3}\)$/,
      ),
    });
    await set({ interrogate_deepbooru_score_threshold: 0.999 });
    expect((await look(image)).body).toEqual({ caption: '' });
  });

  it('puts the surest first unless they are sorted by name', async () => {
    const image = await draw();
    await set({
      interrogate_deepbooru_score_threshold: 0,
      deepbooru_sort_alpha: false,
      interrogate_return_ranks: true,
    });
    const { caption } = z.object({ caption: z.string() }).parse((await look(image)).body);
    const ranks = Array.from(caption.matchAll(/:(\d\.\d+)\)/g), ([, rank]) => Number(rank));
    expect(ranks).toHaveLength(TAGS.length);
    expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
  });

  it.each([
    [undefined, 404, 'Image not found'],
    ['', 500, 'Invalid encoded image'],
  ])('refuses the image %j', async (image, status, detail) => {
    await draw();
    expect(await look(image)).toMatchObject({ status, body: { detail } });
  });
});

describe('wd14-tagger', () => {
  it('answers with a flat list, ratings among it', async () => {
    const image = await draw({ extensions: ['runtime-block-merge', 'wd14-tagger'] });
    const { body } = await get(simulator.url, '/tagger/v1/interrogators');
    const { models } = z.object({ models: z.array(z.string()) }).parse(body);
    const ask = { image, model: models[0] };
    const answer = await post(simulator.url, '/tagger/v1/interrogate', { ...ask, threshold: 0 });
    const { caption } = ranksSchema.parse(answer.body);
    expect(Object.keys(caption).toSorted()).toEqual(
      ['explicit', 'general', 'questionable', 'sensitive', ...TAGS].toSorted(),
    );
    const few = await post(simulator.url, '/tagger/v1/interrogate', { ...ask, threshold: 0.99 });
    expect(Object.keys(ranksSchema.parse(few.body).caption)).toHaveLength(4);
    expect(await look(image, 'nope', '/tagger/v1/interrogate')).toMatchObject({ status: 404 });
  });

  it('is not there unless it is installed', async () => {
    const image = await draw();
    expect(await look(image, 'x', '/tagger/v1/interrogate')).toMatchObject({ status: 404 });
  });
});
