/** Files of transformers on ComfyUI: lists, made models of every family, what is refused, what is saved. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { recogniseArchitecture } from '../../../../src/architectures/registry.ts';
import { TRANSFORMER_FAMILIES } from '../../../../src/architectures/transformers/families.ts';
import { openModel } from '../../../../src/checkpoints/index.ts';
import { openSafetensors } from '../../../../src/shared/safetensors/read.ts';
import { startSimulator } from '../../../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../../../src/simulator/index.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';
import { node } from './graphs.ts';
import { shoot } from './images.ts';
import { FLUX, fluxGraph, listOf, MODELS, refusal } from './transformer-graphs.ts';

let simulator: Simulator | undefined;

afterEach(async () => {
  await simulator?.close();
});

async function start(options: SimulatorOptions = {}): Promise<string> {
  simulator = await startSimulator({ family: 'comfyui', architecture: FLUX, ...options });
  return simulator.url;
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

  it('fails when the VAE is for other latents', async () => {
    const folder = temporaryFolder('transformers');
    const other = { family: 'comfyui', architecture: 'flux2', models: ['other'] } as const;
    await (await startSimulator({ ...other, modelsDir: folder })).close();
    const url = await start({ modelsDir: folder });
    expect(
      await refusal(url, fluxGraph(undefined, { 11: { vae_name: 'flux2-vae.safetensors' } })),
    ).toMatchObject(['VAEDecode', expect.stringContaining('to have 128 channels, but got 16')]);
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
