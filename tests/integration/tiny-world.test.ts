/** The tiny world behind the simulated servers: images of its own, odd requests, and files that it cannot load. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeImage } from '../../src/images/decode.ts';
import { startSimulator, TINY_WORLD } from '../../src/simulator/index.ts';
import type { Simulator } from '../../src/simulator/index.ts';
import { createTinyWorld } from '../../src/simulator/worlds/tiny/tiny-world.ts';
import type { Pixels } from '../../src/types.ts';
import { get, post, shoot } from '../unit/simulator/client.ts';
import { makeWorkFolder } from '../helpers/work-folder.ts';

const SDXL = path.join(import.meta.dirname, '../fixtures/tiny-world/sdxl');
const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function pixelsOf(url: string, request: object): Promise<Pixels[]> {
  const { images } = await shoot(url, request);
  return await Promise.all(images.map(async (image) => await decodeImage(Buffer.from(image, 'base64'))));
}

describe('images of the tiny world', () => {
  let simulator: Simulator;

  beforeAll(async () => {
    simulator = await startSimulator({ world: 'tiny' });
  });
  afterAll(async () => {
    await simulator.close();
  });

  it('has its three models in a folder of its own, which goes with the server', async () => {
    expect(simulator.models().toSorted()).toEqual(['base', 'crisp', 'vivid']);
    const another = await startSimulator({ world: 'tiny', models: ['vivid'] });
    expect(fs.readdirSync(another.modelsDir)).toEqual(['vivid.safetensors']);
    await another.close();
    expect(fs.existsSync(another.modelsDir)).toBe(false);
  });

  it.each([
    ['a prompt without a known word', { prompt: 'zzz 123 ()' }, 64, 64],
    ['an empty prompt', { prompt: '' }, 64, 64],
    ['a size of no multiple of 64', { width: 104, height: 72 }, 104, 72],
    ['the smallest size', { width: 8, height: 8 }, 8, 8],
    ['a second pass', { enable_hr: true, hr_scale: 1.5 }, 96, 96],
  ])('draws %s', async (_, request, width, height) => {
    const [image] = await pixelsOf(simulator.url, { prompt: 'a red circle', ...request });
    expect([image?.width, image?.height]).toEqual([width, height]);
    expect(new Set(image?.data).size).toBeGreaterThan(8);
  });

  it('draws a large image at its own size', async () => {
    const [image] = await pixelsOf(simulator.url, { width: 1024, height: 640, steps: 1 });
    expect([image?.width, image?.height]).toEqual([1024, 640]);
  });

  it('repeats itself, and lets words, seeds, steps and guidance count', async () => {
    const request = { prompt: 'a red circle', negative_prompt: '', seed: 5, steps: 2 };
    const hash = async (change: object): Promise<string> =>
      (await shoot(simulator.url, { ...request, ...change })).pixels.join();
    const first = await hash({});
    expect(await hash({})).toBe(first);
    expect(await hash({ prompt: '(RED:1.2), <lora:none:1> circle BREAK' })).toBe(first);
    const changes = [
      { prompt: 'a blue circle' },
      { negative_prompt: 'red' },
      { seed: 6 },
      { steps: 3 },
      { cfg_scale: 9 },
      { subseed: 9, subseed_strength: 0.2 },
    ];
    for (const change of changes) expect([change, (await hash(change)) === first]).toEqual([change, false]);
  });

  it('draws the images of a batch as it draws each alone, but for the last bits', async () => {
    const [, second] = await pixelsOf(simulator.url, { seed: 7, batch_size: 2 });
    const [alone] = await pixelsOf(simulator.url, { seed: 8 });
    const differences = alone?.data.map((value, i) => Math.abs(value - (second?.data[i] ?? 0))) ?? [];
    expect(Math.max(...differences)).toBe(1);
  });

  it('answers while it draws, and stops when it is told to', async () => {
    const drawing = shoot(simulator.url, { width: 512, height: 512, steps: 10, n_iter: 4 });
    let step = 0;
    while (step < 2) {
      const { body } = await get(simulator.url, '/sdapi/v1/progress');
      step = z.object({ state: z.object({ sampling_step: z.int() }) }).parse(body).state.sampling_step;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await post(simulator.url, '/sdapi/v1/interrupt', {});
    expect((await drawing).images).toHaveLength(1);
  });
});

describe('files that the tiny world cannot load', () => {
  async function start(): Promise<Simulator> {
    const folder = makeWorkFolder().path;
    fs.copyFileSync(
      path.join(SDXL, 'crisp-sdxl.safetensors'),
      path.join(folder, 'another-layout.safetensors'),
    );
    const whole = fs.readFileSync(path.join(TINY_WORLD, 'base.safetensors'));
    fs.writeFileSync(path.join(folder, 'short.safetensors'), whole.subarray(0, 100_000));
    const simulator = await startSimulator({ world: 'tiny', modelsDir: folder });
    open.push(simulator);
    return simulator;
  }

  it('are listed, and refused as a WebUI refuses them', async () => {
    const { url } = await start();
    const { body } = await get(url, '/sdapi/v1/sd-models');
    const names = z
      .array(z.object({ model_name: z.string() }))
      .parse(body)
      .map(({ model_name }) => model_name);
    expect(names).toEqual(['another-layout', 'base', 'crisp', 'short', 'vivid']);
    const before = await shoot(url);
    const request = (name: string): object => ({
      prompt: 'x',
      override_settings: { sd_model_checkpoint: name },
    });
    expect(await post(url, '/sdapi/v1/txt2img', request('another-layout'))).toMatchObject({
      status: 500,
      body: {
        error: 'RuntimeError',
        errors: expect.stringMatching(
          /^Error\(s\) in loading state_dict for LatentDiffusion:\n\t/,
        ) as unknown,
      },
    });
    expect(await post(url, '/sdapi/v1/txt2img', request('short'))).toMatchObject({
      status: 500,
      body: { error: 'SafetensorError' },
    });
    // The setting says nothing, and the old model stays, damaged.
    for (const name of ['another-layout', 'short']) {
      expect(await post(url, '/sdapi/v1/options', { sd_model_checkpoint: name })).toEqual({
        status: 200,
        body: null,
      });
    }
    const { body: options } = await get(url, '/sdapi/v1/options');
    expect(options).toMatchObject({
      sd_model_checkpoint: expect.stringMatching(/^base\.safetensors/) as unknown,
    });
    expect((await shoot(url)).pixels).not.toEqual(before.pixels);
  });

  it('are a mistake where there is nothing else', async () => {
    const folder = makeWorkFolder().path;
    fs.copyFileSync(path.join(SDXL, 'crisp-sdxl.safetensors'), path.join(folder, 'a.safetensors'));
    await expect(startSimulator({ world: 'tiny', models: ['a'], modelsDir: folder })).rejects.toMatchObject({
      code: 'simulator-models',
    });
    await expect(startSimulator({ world: 'tiny', models: ['unknown'] })).rejects.toMatchObject({
      code: 'simulator-models',
    });
    await expect(startSimulator({ world: 'tiny', architecture: 'sdxl' })).rejects.toMatchObject({
      code: 'simulator-world',
    });
  });
});

describe('another layout', () => {
  it('is drawn with its own graphs: SDXL', async () => {
    const modelsDir = makeWorkFolder().path;
    for (const name of ['crisp', 'vivid'])
      fs.copyFileSync(
        path.join(SDXL, `${name}-sdxl.safetensors`),
        path.join(modelsDir, `${name}.safetensors`),
      );
    const models = ['crisp', 'vivid'];
    const simulator = await startSimulator({
      world: 'tiny',
      architecture: 'sdxl',
      tinyWorld: SDXL,
      models,
      modelsDir,
    });
    open.push(simulator);
    const [image] = await pixelsOf(simulator.url, { prompt: 'a red circle' });
    expect(new Set(image?.data).size).toBeGreaterThan(8);
    expect(Object.keys(simulator.position())).toHaveLength(21);
  });
});

describe('without the runtime', () => {
  it('says which command installs it', async () => {
    await expect(createTinyWorld({ runtime: 'no-such-package' })).rejects.toMatchObject({
      code: 'onnx-runtime-missing',
      message: expect.stringContaining('npm install no-such-package@1.30') as unknown,
    });
  });

  it('says which graph is missing', async () => {
    await expect(createTinyWorld({ folder: makeWorkFolder().path })).rejects.toMatchObject({
      code: 'tiny-world-failed',
    });
  });
});
