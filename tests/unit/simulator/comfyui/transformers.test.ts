/** Transformers on today's ComfyUI: loaders of parts, merges by any node, and what they refuse. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { recogniseArchitecture } from '../../../../src/architectures/registry.ts';
import { TRANSFORMER_FAMILIES } from '../../../../src/architectures/transformers/families.ts';
import { mergeCheckpoints, openModel } from '../../../../src/checkpoints/index.ts';
import { openSafetensors } from '../../../../src/shared/safetensors/read.ts';
import { startSimulator } from '../../../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../../../src/simulator/index.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';
import { settled } from './client.ts';
import { shoot } from './images.ts';
import { fluxGraph } from './transformer-graphs.ts';
import { node } from './graphs.ts';

const ARCHITECTURE = 'flux1:double_blocks=2,single_blocks=4';
const MODELS = { model1: ['1', 0], model2: ['2', 0] };

let simulator: Simulator | undefined;

afterEach(async () => {
  await simulator?.close();
});

async function start(options: SimulatorOptions = {}): Promise<string> {
  simulator = await startSimulator({ family: 'comfyui', architecture: ARCHITECTURE, ...options });
  return simulator.url;
}

function position(): Record<string, number> {
  const all = Object.entries(simulator?.position() ?? {});
  return Object.fromEntries(all.map(([name, weight]) => [name, Number(weight.toFixed(5))]));
}

async function listOf(url: string, className: string, input: string): Promise<unknown> {
  const info = z
    .record(
      z.string(),
      z.object({
        input: z.object({
          required: z.record(
            z.string(),
            z.tuple([z.unknown()]).rest(z.looseObject({ options: z.unknown().optional() })),
          ),
        }),
      }),
    )
    .parse(await (await fetch(`${url}/object_info/${className}`)).json());
  const [list, options] = info[className]?.input.required[input] ?? [];
  return list === 'COMBO' ? options?.options : list;
}

/** Ratios of the merge node by input: those given, and `rest` for the others. */
async function ratios(url: string, className: string, rest: number, own: Record<string, number> = {}) {
  const info = z
    .record(z.string(), z.object({ input: z.object({ required: z.record(z.string(), z.unknown()) }) }))
    .parse(await (await fetch(`${url}/object_info/${className}`)).json());
  const names = Object.keys(info[className]?.input.required ?? {}).filter((name) => !(name in MODELS));
  return { ...Object.fromEntries(names.map((name) => [name, rest])), ...own };
}

/** The one message of a prompt that is refused, or that fails. */
async function refusal(url: string, prompt: object): Promise<unknown> {
  const response = await fetch(`${url}/prompt`, { method: 'POST', body: JSON.stringify({ prompt }) });
  const reply = z
    .object({
      node_errors: z
        .record(
          z.string(),
          z.object({ errors: z.array(z.object({ type: z.string(), details: z.string() })) }),
        )
        .optional(),
      prompt_id: z.string().optional(),
    })
    .parse(await response.json());
  if (reply.prompt_id === undefined) {
    return Object.values(reply.node_errors ?? {}).flatMap(({ errors }) =>
      errors.map(({ type, details }) => `${type}: ${details}`),
    );
  }
  const { status } = await settled(url, reply.prompt_id);
  const failed = status.messages.find(([type]) => type === 'execution_error')?.[1];
  return failed === undefined ? 'done' : [failed['node_type'], failed['exception_message']];
}

describe('lists', () => {
  it('shows networks, encoders and VAEs where their loaders look', async () => {
    const url = await start();
    const networks = ['modelA', 'modelB', 'modelC'].map((name) => `${name}.safetensors`);
    const encoders = ['clip_l.safetensors', 't5xxl_fp16.safetensors'];
    expect(await listOf(url, 'UNETLoader', 'unet_name')).toEqual(networks);
    expect(await listOf(url, 'CheckpointLoaderSimple', 'ckpt_name')).toEqual([]);
    expect(await listOf(url, 'DualCLIPLoader', 'clip_name2')).toEqual(encoders);
    expect(await listOf(url, 'TripleCLIPLoader', 'clip_name3')).toEqual(encoders);
    expect(await listOf(url, 'VAELoader', 'vae_name')).toEqual(['ae.safetensors', 'pixel_space']);
    for (const [folder, files] of [
      ['diffusion_models', networks],
      ['text_encoders', encoders],
      ['vae', ['ae.safetensors']],
      ['checkpoints', []],
    ] as const) {
      expect(await (await fetch(`${url}/models/${folder}`)).json()).toEqual(files);
    }
    simulator?.addModel('later');
    expect(await listOf(url, 'UNETLoader', 'unet_name')).toContain('later.safetensors');
  });

  it('is an older server that knows no transformers', async () => {
    const url = await start({ comfyVersion: '0.3.64' });
    expect(await (await fetch(`${url}/object_info/UNETLoader`)).json()).toEqual({});
    expect(await refusal(url, fluxGraph())).toEqual([]);
  });
});

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

describe('refusals', () => {
  it('names files and types that it has not, as recorded', async () => {
    const url = await start();
    expect(await refusal(url, fluxGraph(undefined, { 1: { unet_name: 'no.safetensors' } }))).toEqual([
      "value_not_in_list: unet_name: 'no.safetensors' not in ['modelA.safetensors', 'modelB.safetensors', 'modelC.safetensors']",
    ]);
    expect(await refusal(url, fluxGraph(undefined, { 10: { type: 'chroma' } }))).toEqual([
      "value_not_in_list: type: 'chroma' not in ['sdxl', 'sd3', 'flux', 'hunyuan_video', 'hidream', 'hunyuan_image', 'hunyuan_video_15', 'kandinsky5', 'kandinsky5_image', 'ltxv', 'newbie', 'ace']",
    ]);
    expect(await refusal(url, fluxGraph(undefined, { 10: { device: 'gpu' } }))).toEqual([
      "value_not_in_list: device: 'gpu' not in ['default', 'cpu']",
    ]);
    expect(await refusal(url, fluxGraph(undefined, { 11: { vae_name: 'sdxl.safetensors' } }))).toEqual([
      "value_not_in_list: vae_name: 'sdxl.safetensors' not in ['ae.safetensors', 'pixel_space']",
    ]);
    const three = node('TripleCLIPLoader', {
      clip_name1: 'clip_l.safetensors',
      clip_name2: 't5xxl_fp16.safetensors',
      clip_name3: 'zz',
    });
    expect(await refusal(url, { ...fluxGraph(), 10: three })).toEqual([
      "value_not_in_list: clip_name3: 'zz' not in ['clip_l.safetensors', 't5xxl_fp16.safetensors']",
    ]);
  });

  it('fails when prompts were read for another family', async () => {
    const url = await start();
    expect(await refusal(url, fluxGraph(undefined, { 10: { type: 'sdxl' } }))).toEqual([
      'KSampler',
      'mat1 and mat2 shapes cannot be multiplied (77x768 and 4096x3072)\n',
    ]);
    const one = node('CLIPLoader', { clip_name: 'clip_l.safetensors', type: 'stable_diffusion' });
    expect(await refusal(url, { ...fluxGraph(), 10: one })).toMatchObject(['KSampler', expect.anything()]);
  });

  it('does not take a file for what it is not', async () => {
    const folder = temporaryFolder('transformers');
    const url = await start({ modelsDir: folder });
    const vae = path.join(folder, 'vae', 'ae.safetensors');
    const network = path.join(folder, 'diffusion_models', 'modelA.safetensors');
    fs.copyFileSync(vae, path.join(folder, 'diffusion_models', 'other.safetensors'));
    fs.copyFileSync(network, path.join(folder, 'vae', 'other.safetensors'));
    fs.copyFileSync(network, path.join(folder, 'checkpoints', 'alone.safetensors'));
    expect(await refusal(url, fluxGraph(undefined, { 1: { unet_name: 'other.safetensors' } }))).toEqual([
      'UNETLoader',
      `ERROR: Could not detect model type of: ${folder}/diffusion_models/other.safetensors\n`,
    ]);
    expect(await refusal(url, fluxGraph(undefined, { 11: { vae_name: 'other.safetensors' } }))).toMatchObject(
      ['VAELoader', expect.stringMatching(/^ERROR: VAE is invalid: None/u)],
    );
    // A network among the checkpoints loads, but brings nothing else along.
    const checkpoint = node('CheckpointLoaderSimple', { ckpt_name: 'alone.safetensors' });
    expect(await refusal(url, { ...fluxGraph(), 1: checkpoint })).toBe('done');
    expect(
      await refusal(url, { ...fluxGraph(undefined, { 4: { clip: ['1', 1] } }), 1: checkpoint }),
    ).toMatchObject(['CLIPTextEncode', expect.stringMatching(/^ERROR: clip input is invalid: None/u)]);
  });
});

describe('saving', () => {
  it('writes the network of a merge where its loader finds it', async () => {
    const url = await start();
    const half = node('ModelMergeSimple', { ...MODELS, ratio: 0.5 });
    const save = node('ModelSave', { model: ['3', 0], filename_prefix: 'diffusion_models/half' });
    const clip = node('CLIPSave', { clip: ['10', 0], filename_prefix: 'clip/own' });
    const vae = node('VAESave', { vae: ['11', 0], filename_prefix: 'vae/own' });
    const merged = await shoot(url, { ...fluxGraph(half), 20: save, 21: clip, 22: vae });
    expect(await listOf(url, 'UNETLoader', 'unet_name')).toContain('half_00001_.safetensors');
    const again = fluxGraph(undefined, {
      1: { unet_name: 'half_00001_.safetensors' },
      7: { model: ['1', 0] },
      10: { clip_name1: 'own_clip_l_00001_.safetensors', clip_name2: 'own_t5xxl_00001_.safetensors' },
      11: { vae_name: 'own_00001_.safetensors' },
    });
    expect((await shoot(url, again)).hash).toBe(merged.hash);
  });
});

it.each(TRANSFORMER_FAMILIES.map(({ id }) => id))('makes files of %s that are recognised', async (id) => {
  const folder = temporaryFolder('families');
  await start({ architecture: id, modelsDir: folder, models: ['modelA', 'modelB'] });
  const whole = ['sd3', 'auraflow', 'hidream-o1'].includes(id);
  expect(simulator?.modelsDir).toBe(path.join(folder, whole ? 'checkpoints' : 'diffusion_models'));
  const file = openModel(path.join(simulator?.modelsDir ?? '', 'modelB.safetensors'));
  expect(recogniseArchitecture(file)?.architecture).toBe(id);
  const names = openSafetensors(file.path).tensors.map(({ name }) => name);
  expect(names.some((name) => name.startsWith('model.diffusion_model.'))).toBe(whole);
  expect(names.some((name) => name.startsWith('text_encoders.'))).toBe(whole);
  for (const part of ['text_encoders', 'vae']) {
    expect(fs.readdirSync(path.join(folder, part)).length > 0).toBe(!whole);
  }
});
