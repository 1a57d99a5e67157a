/** Transformers on today's ComfyUI: merges by any node, and what images depend on. */
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { mergeCheckpoints } from '../../../../src/checkpoints/index.ts';
import { startSimulator } from '../../../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../../../src/simulator/index.ts';
import { readTensors } from '../../../../src/simulator/models/disk-folder.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';
import { node } from './graphs.ts';
import { shoot } from './images.ts';
import { FLUX, fluxGraph, MODELS, ratios } from './transformer-graphs.ts';

let simulator: Simulator | undefined;

afterEach(async () => {
  await simulator?.close();
});

async function start(options: SimulatorOptions = {}): Promise<string> {
  simulator = await startSimulator({ family: 'comfyui', architecture: FLUX, ...options });
  return simulator.url;
}

function position(): Record<string, number> {
  const all = Object.entries(simulator?.position() ?? {});
  return Object.fromEntries(all.map(([name, weight]) => [name, Number(weight.toFixed(5))]));
}

describe('merges', () => {
  it('gives model A at ratio 1, model B at ratio 0 and another image between', async () => {
    const url = await start();
    const merged = async (rest: number, own = {}) =>
      (
        await shoot(
          url,
          fluxGraph(
            node('ModelMergeFlux1', {
              ...MODELS,
              ...(await ratios(url, 'ModelMergeFlux1', rest, own)),
            }),
          ),
        )
      ).hash;
    const [a, b] = [
      await shoot(url, fluxGraph(undefined, { 7: { model: ['1', 0] } })),
      await shoot(url, fluxGraph(undefined, { 7: { model: ['2', 0] } })),
    ];
    expect(await merged(1)).toBe(a.hash);
    expect(await merged(0)).toBe(b.hash);
    expect(new Set([a.hash, b.hash, await merged(0.5)]).size).toBe(3);
    await merged(0.25, { 'double_blocks.1.': 0.75, 'txt_in.': 1 });
    expect(position()).toEqual({
      'double_blocks.0': 0.75,
      'double_blocks.1': 0.25,
      'single_blocks.0': 0.75,
      'single_blocks.1': 0.75,
      'single_blocks.2': 0.75,
      'single_blocks.3': 0.75,
      img_in: 0.75,
      txt_in: 0,
      time_in: 0.75,
      vector_in: 0.75,
      guidance_in: 0.75,
      final_layer: 0.75,
    });
  });

  it('lets keys that no input names follow the first input', async () => {
    const url = await start({ architecture: 'anima:blocks=3' });
    const ratio = await ratios(url, 'ModelMergeCosmosPredict2_2B', 0.5, { 'pos_embedder.': 0.25 });
    const encoder = node('CLIPLoader', {
      clip_name: 'qwen_3_06b_base.safetensors',
      type: 'stable_diffusion',
    });
    const graph = fluxGraph(node('ModelMergeCosmosPredict2_2B', { ...MODELS, ...ratio }), {
      11: { vae_name: 'qwen_image_vae.safetensors' },
    });
    await shoot(url, { ...graph, 10: encoder });
    expect(position()).toMatchObject({ llm_adapter: 0.75, pos_embedder: 0.75, 'blocks.2': 0.5 });
  });

  it('runs merge nodes of custom packs', async () => {
    const names = ['layers.0.', 'layers.1.', 'noise_refiner.0.', 'x_embedder.'];
    const url = await start({
      architecture: 'z-image:layers=2',
      mergeNodes: { Pack_ModelMergeZImage: names },
    });
    const ratio = await ratios(url, 'Pack_ModelMergeZImage', 0.5, { 'layers.1.': 0 });
    expect(Object.keys(ratio)).toEqual(names);
    const encoder = node('CLIPLoader', { clip_name: 'qwen_3_4b.safetensors', type: 'lumina2' });
    const graph = fluxGraph(node('Pack_ModelMergeZImage', { ...MODELS, ...ratio }));
    await shoot(url, { ...graph, 10: encoder });
    expect(position()).toMatchObject({ 'layers.0': 0.5, 'layers.1': 1, 'noise_refiner.1': 0.5 });
  });

  it('draws one image of a file merged outside, of a node, and of a chain of differences', async () => {
    const folder = temporaryFolder('transformers');
    const url = await start({ modelsDir: folder });
    const networks = path.join(folder, 'diffusion_models');
    const weights = { 'double_blocks.0': 0.5, 'single_blocks.3': 0.25, final_layer: 0.75 };
    await mergeCheckpoints({
      modelA: path.join(networks, 'modelA.safetensors'),
      modelB: path.join(networks, 'modelB.safetensors'),
      output: path.join(networks, 'merged.safetensors'),
      weights,
    });
    const file = await shoot(
      url,
      fluxGraph(undefined, { 1: { unet_name: 'merged.safetensors' }, 7: { model: ['1', 0] } }),
    );
    const ratio = Object.fromEntries(Object.entries(weights).map(([name, w]) => [`${name}.`, 1 - w]));
    const byNode = node('ModelMergeFlux1', {
      ...MODELS,
      ...(await ratios(url, 'ModelMergeFlux1', 1, ratio)),
    });
    const merged = await shoot(url, fluxGraph(byNode));
    // A + ((A with B's blocks) - A): ratios beyond 0 to 1 are reached so.
    const chain = {
      ...fluxGraph(node('ModelMergeAdd', { model1: ['1', 0], model2: ['13', 0] })),
      12: byNode,
      13: node('ModelMergeSubtract', { model1: ['12', 0], model2: ['1', 0], multiplier: 1 }),
    };
    const added = await shoot(url, chain);
    expect([file.hash, added.hash]).toEqual([merged.hash, merged.hash]);
    expect(position()).toMatchObject(weights);
  });
});

describe('what an image depends on', () => {
  it('tells guidance, shifted schedules, encoders and VAE', async () => {
    const url = await start();
    const shot = async (more: object, changes = {}) =>
      (await shoot(url, { ...fluxGraph(undefined, changes), ...more })).hash;
    const guided = (guidance: number) => ({
      12: node('FluxGuidance', { conditioning: ['4', 0], guidance }),
    });
    const shifted = {
      12: node('ModelSamplingFlux', {
        model: ['3', 0],
        max_shift: 1,
        base_shift: 0.5,
        width: 64,
        height: 64,
      }),
    };
    const plain = await shot({});
    // The model was made with 3.5.
    expect(await shot(guided(3.5), { 7: { positive: ['12', 0] } })).toBe(plain);
    const others = [
      await shot(guided(2), { 7: { positive: ['12', 0] } }),
      await shot(shifted, { 7: { model: ['12', 0] } }),
      await shot({}, { 6: { width: 128 } }),
    ];
    expect(new Set([plain, ...others]).size).toBe(4);
    const latent = node('EmptyLatentImage', { width: 64, height: 64, batch_size: 1 });
    expect(await shot({ 6: latent })).toBe(plain);
  });

  it('is the same through a sampler in parts', async () => {
    const url = await start();
    const parts = {
      7: node('SamplerCustomAdvanced', {
        noise: ['12', 0],
        guider: ['13', 0],
        sampler: ['14', 0],
        sigmas: ['15', 0],
        latent_image: ['6', 0],
      }),
      12: node('RandomNoise', { noise_seed: 1 }),
      13: node('CFGGuider', { model: ['3', 0], positive: ['4', 0], negative: ['5', 0], cfg: 1 }),
      14: node('KSamplerSelect', { sampler_name: 'euler' }),
      15: node('BasicScheduler', { model: ['3', 0], scheduler: 'simple', steps: 2, denoise: 1 }),
    };
    const whole = await shoot(url, fluxGraph());
    expect((await shoot(url, { ...fluxGraph(), ...parts })).hash).toBe(whole.hash);
    const basic = {
      ...parts,
      13: node('BasicGuider', { model: ['3', 0], conditioning: ['4', 0] }),
    };
    expect((await shoot(url, { ...fluxGraph(), ...basic })).hash).not.toBe(whole.hash);
  });
});

describe('text encoders in the checkpoint', () => {
  it('are merged by one ratio, all but what no merge may touch', async () => {
    const folder = temporaryFolder('encoders');
    const url = await start({ architecture: 'sd3:joint_blocks=2', modelsDir: folder });
    const checkpoint = (name: string) => node('CheckpointLoaderSimple', { ckpt_name: `${name}.safetensors` });
    const graph = (ratio: number): object => ({
      ...fluxGraph(undefined, { 8: { vae: ['1', 2] } }),
      1: checkpoint('modelA'),
      2: checkpoint('modelB'),
      10: node('CLIPMergeSimple', { clip1: ['1', 1], clip2: ['2', 1], ratio }),
      20: node('CLIPSave', { clip: ['10', 0], filename_prefix: 'clip/merged' }),
    });
    const [a, half, b] = [
      await shoot(url, graph(1)),
      await shoot(url, graph(0.5)),
      await shoot(url, graph(0)),
    ];
    expect(new Set([a.hash, half.hash, b.hash]).size).toBe(3);
    const [one, two] = ['modelA', 'modelB'].map((name) =>
      readTensors(path.join(folder, 'checkpoints', `${name}.safetensors`)),
    );
    const written = readTensors(path.join(folder, 'text_encoders', 'merged_clip_g_00003_.safetensors'));
    const [norm, scale] = ['text_model.final_layer_norm.weight', 'logit_scale'];
    const inFile = (key: string): string => `text_encoders.clip_g.transformer.${key}`;
    expect(written.get(norm ?? '')?.data).toEqual(two?.get(inFile(norm ?? ''))?.data);
    expect(written.get(scale ?? '')?.data).toEqual(one?.get(inFile(scale ?? ''))?.data);
    expect(one?.get(inFile(scale ?? ''))?.data).not.toEqual(two?.get(inFile(scale ?? ''))?.data);
  });
});
