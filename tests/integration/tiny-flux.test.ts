/** The tiny world as a transformer: real pictures of a merge, the same whichever way it was merged and whoever draws it. */
import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mergeCheckpoints } from '../../src/checkpoints/index.ts';
import { startSimulator, TINY_FLUX, TINY_FLUX_MODELS } from '../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/index.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { distance, shoot } from '../unit/simulator/comfyui/images.ts';
import { node } from '../unit/simulator/comfyui/graphs.ts';
import { fluxGraph } from '../unit/simulator/comfyui/transformer-graphs.ts';
import { get, post } from '../unit/simulator/client.ts';

const [A, B] = TINY_FLUX_MODELS;
const PROMPT = 'a big red star';
const SIDE = 128;
const WEIGHTS = { 'double_blocks.0': 0.75, 'double_blocks.3': 0.25, 'single_blocks.2': 1, final_layer: 0.5 };
const MODELS = { model1: ['1', 0], model2: ['2', 0] };
const IMAGES = z.object({ images: z.array(z.string()) });

let simulator: Simulator | undefined;
afterEach(async () => simulator?.close());

async function start(family: 'comfyui' | 'forge' | 'a1111', options: SimulatorOptions = {}): Promise<string> {
  simulator = await startSimulator({ family, world: 'tiny', architecture: 'flux1', ...options });
  return simulator.url;
}

/** Of the ComfyUI graph, with merge and model as given. */
async function picture(url: string, model: '1' | '3', merge?: ReturnType<typeof node>, more: object = {}) {
  const graph = fluxGraph(merge, {
    1: { unet_name: `${A}.safetensors` },
    2: { unet_name: `${B}.safetensors` },
    4: { text: PROMPT },
    6: { width: SIDE, height: SIDE },
    7: { model: [model, 0], steps: 4 },
    10: { clip_name2: 't5xxl.safetensors' },
  });
  return (await shoot(url, { ...graph, ...more })).pixels;
}

function byNode(own: Readonly<Record<string, number>>) {
  const groups = [
    ...Array.from({ length: 19 }, (_, n) => `double_blocks.${n}.`),
    ...Array.from({ length: 38 }, (_, n) => `single_blocks.${n}.`),
  ];
  const names = ['img_in.', 'time_in.', 'guidance_in', 'vector_in.', 'txt_in.', ...groups, 'final_layer.'];
  const ratios = Object.entries(own).map(([name, weight]) => [`${name}.`, 1 - weight] as const);
  const all = { ...Object.fromEntries(names.map((name) => [name, 1])), ...Object.fromEntries(ratios) };
  return node('ModelMergeFlux1', { ...MODELS, ...all });
}

async function mergedFile(folder: string): Promise<void> {
  await mergeCheckpoints({
    modelA: path.join(folder, `${A}.safetensors`),
    modelB: path.join(folder, `${B}.safetensors`),
    output: path.join(folder, 'merged.safetensors'),
    weights: WEIGHTS,
    dtype: 'fp32',
  });
}

describe('on ComfyUI', () => {
  it('has its files in the folders of their kinds, and the blocks that they have', async () => {
    const folder = temporaryFolder('flux');
    await start('comfyui', { modelsDir: folder });
    expect(simulator?.architecture).toMatch(/^flux1:double_blocks=\d+,single_blocks=\d+,-guidance_in$/);
    expect(simulator?.models()).toEqual([A, B]);
    const files = ['diffusion_models', 'text_encoders', 'vae'].map((name) =>
      fs.readdirSync(path.join(folder, name)).sort(),
    );
    expect(files).toEqual([
      [`${A}.safetensors`, `${B}.safetensors`],
      ['clip_l.safetensors', 't5xxl.safetensors'],
      ['ae.safetensors'],
    ]);
  });

  it('draws one picture of a file, of a node and of a chain of differences', async () => {
    const folder = temporaryFolder('flux');
    const url = await start('comfyui', { modelsDir: folder });
    await mergedFile(path.join(folder, 'diffusion_models'));
    const [a, b] = [await picture(url, '1'), await picture(url, '3', byNode(WEIGHTS))];
    expect(distance(a, b)).toBeGreaterThan(20);
    const file = await picture(url, '1', undefined, {
      1: node('UNETLoader', { unet_name: 'merged.safetensors', weight_dtype: 'default' }),
    });
    const chain = await picture(url, '3', node('ModelMergeAdd', { model1: ['1', 0], model2: ['13', 0] }), {
      12: byNode(WEIGHTS),
      13: node('ModelMergeSubtract', { model1: ['12', 0], model2: ['1', 0], multiplier: 1 }),
    });
    // The last bits of a float32 may round a colour to the next one.
    expect(distance(b, file)).toBeLessThanOrEqual(1);
    expect(distance(b, chain)).toBeLessThanOrEqual(1);
  });
});

describe('on Forge', () => {
  it('draws what ComfyUI draws, once it is told the modules', async () => {
    const folder = temporaryFolder('flux');
    const url = await start('forge', { modelsDir: folder });
    await mergedFile(folder);
    await post(url, '/sdapi/v1/refresh-checkpoints', {});
    const { body } = await get(url, '/sdapi/v1/sd-modules');
    const modules = z.array(z.object({ filename: z.string() })).parse(body);
    await post(url, '/sdapi/v1/options', {
      sd_model_checkpoint: 'merged.safetensors',
      forge_additional_modules: modules.map(({ filename }) => filename),
    });
    const request = { prompt: PROMPT, seed: 1, steps: 4, width: SIDE, height: SIDE, cfg_scale: 1 };
    const reply = IMAGES.parse((await post(url, '/sdapi/v1/txt2img', request)).body);
    const drawn = await sharp(Buffer.from(reply.images[0] ?? '', 'base64'))
      .raw()
      .toBuffer();
    await simulator?.close();
    const comfy = await start('comfyui');
    expect(distance(await picture(comfy, '3', byNode(WEIGHTS)), drawn)).toBeLessThanOrEqual(1);
  });
});

it('is drawn by no server that takes its files for others', async () => {
  await expect(start('a1111')).rejects.toThrow(/None of the checkpoints/);
  await expect(start('comfyui', { architecture: 'flux1:double_blocks=3' })).rejects.toThrow(
    /^The tiny world's transformer is flux1:/,
  );
  await expect(start('comfyui', { models: ['crisp', 'vivid'] })).rejects.toThrow(/has the models crisp-flux/);
  await expect(start('comfyui', { files: 'whole' })).rejects.toThrow(/networks alone/);
  await expect(start('comfyui', { architecture: 'z-image' })).rejects.toThrow(/sd1 and flux1 only/);
  expect(fs.existsSync(TINY_FLUX)).toBe(true);
});
