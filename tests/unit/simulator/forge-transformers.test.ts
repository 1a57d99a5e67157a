/** Files of transformers on Forge: networks alone, with modules that bring the rest; and on AUTOMATIC1111, which knows none. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mergeCheckpoints } from '../../../src/checkpoints/index.ts';
import { startSimulator } from '../../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../../src/simulator/index.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { get, post } from './client.ts';
import { hashImage } from './recording.ts';

const ARCHITECTURE = 'flux1:double_blocks=2,single_blocks=4';
const ALL = ['clip_l.safetensors', 't5xxl_fp16.safetensors', 'ae.safetensors'];

let simulator: Simulator | undefined;

afterEach(async () => simulator?.close());

async function start(options: SimulatorOptions = {}): Promise<string> {
  simulator = await startSimulator({ family: 'forge', architecture: ARCHITECTURE, ...options });
  return simulator.url;
}

async function choose(url: string, modules: readonly string[], checkpoint = 'modelA.safetensors') {
  await post(url, '/sdapi/v1/options', {
    sd_model_checkpoint: checkpoint,
    forge_additional_modules: modules,
  });
}

const ReplySchema = z.object({ images: z.array(z.string()), info: z.string() });

/** Hash of the first image's pixels, and its infotext; or what went wrong. */
async function draw(
  url: string,
  more: object = {},
): Promise<{ image?: string; text?: string; refusal?: unknown }> {
  const job = { prompt: 'a lake', seed: 1, steps: 2, width: 64, height: 64, cfg_scale: 1, ...more };
  const { status, body } = await post(url, '/sdapi/v1/txt2img', job);
  if (status !== 200) return { refusal: [status, body] };
  const { images, info } = ReplySchema.parse(body);
  const { infotexts } = z.object({ infotexts: z.array(z.string()) }).parse(JSON.parse(info));
  const { sha256 } = await hashImage(images[0] ?? '');
  return { image: sha256, text: infotexts[0] ?? '' };
}

function assertion(message: string): unknown {
  return { refusal: [500, { error: 'AssertionError', detail: '', body: '', message }] };
}

describe('modules', () => {
  it('lists files by folder, and demands each that the network lacks', async () => {
    const url = await start();
    const { body } = await get(url, '/sdapi/v1/sd-modules');
    expect(body).toEqual([
      { model_name: ALL[0], filename: `/webui/models/text_encoder/${ALL[0]}` },
      { model_name: ALL[1], filename: `/webui/models/text_encoder/${ALL[1]}` },
      { model_name: ALL[2], filename: `/webui/models/VAE/${ALL[2]}` },
    ]);
    expect(await draw(url)).toEqual(assertion('You do not have CLIP state dict!'));
    await choose(url, ALL.slice(0, 1));
    expect(await draw(url)).toEqual(assertion('You do not have T5 state dict!'));
    await choose(url, ALL.slice(0, 2));
    expect(await draw(url)).toEqual(assertion('You do not have VAE state dict!'));
    await choose(url, ALL);
    const { text } = await draw(url);
    expect(text).toMatch(
      /CFG scale: 1\.0, Distilled CFG Scale: 3\.5, Seed: 1, .*Module 1: clip_l, Module 2: t5xxl_fp16, Module 3: ae/u,
    );
    await choose(url, []);
    expect(await draw(url)).toEqual(assertion('You do not have CLIP state dict!'));
  });

  it.each([
    ['z-image', 'Qwen3'],
    ['qwen-image', 'Qwen 2.5'],
    ['lumina2', 'Gemma2'],
    ['chroma', 'T5'],
    ['flux2', 'Qwen3'],
    ['ernie-image', 'Mistral3'],
    ['anima', 'Qwen3'],
    ['wan', 'T5'],
  ])('tells what images of %s lack, and draws them with all modules', async (architecture, name) => {
    const url = await start({ architecture });
    expect(await draw(url)).toEqual(assertion(`You do not have ${name} state dict!`));
    const { body } = await get(url, '/sdapi/v1/sd-modules');
    const all = z.array(z.object({ filename: z.string() })).parse(body);
    await choose(
      url,
      all.map(({ filename }) => filename),
    );
    expect((await draw(url)).image).toBeDefined();
  });

  it('does not know every family', async () => {
    const url = await start({ architecture: 'krea2' });
    expect(await draw(url)).toEqual({
      refusal: [
        500,
        { error: 'ValueError', detail: '', body: '', message: 'Failed to recognize model type!' },
      ],
    });
  });
});

describe('images', () => {
  it('depend on guidance where the model is told it', async () => {
    const url = await start();
    await choose(url, ALL);
    const usual = await draw(url);
    expect((await draw(url, { distilled_cfg_scale: 3.5 })).image).toBe(usual.image);
    const other = await draw(url, { distilled_cfg_scale: 2 });
    expect(other.image).not.toBe(usual.image);
    expect(other.text).toContain('Distilled CFG Scale: 2.0');
  });

  it('ignore it otherwise', async () => {
    const url = await start({ architecture: `${ARCHITECTURE},-guidance_in` });
    await choose(url, ALL);
    const usual = await draw(url);
    expect(usual.text).not.toContain('Distilled');
    expect((await draw(url, { distilled_cfg_scale: 2 })).image).toBe(usual.image);
  });

  it('are those of the file that was merged outside', async () => {
    const folder = temporaryFolder('forge');
    const url = await start({ modelsDir: folder });
    expect(fs.readdirSync(path.join(folder, 'text_encoder')).sort()).toEqual(ALL.slice(0, 2).sort());
    const at = (name: string): string => path.join(folder, `${name}.safetensors`);
    await mergeCheckpoints({
      modelA: at('modelA'),
      modelB: at('modelB'),
      output: at('merged'),
      weights: { 'double_blocks.1': 0.5, 'single_blocks.2': 0.25, txt_in: 1 },
    });
    await post(url, '/sdapi/v1/refresh-checkpoints', {});
    await choose(url, ALL, 'merged.safetensors');
    const merged = await draw(url);
    expect(simulator?.position()).toMatchObject({
      'double_blocks.0': 0,
      'double_blocks.1': 0.5,
      'single_blocks.2': 0.25,
      txt_in: 1,
    });
    await choose(url, ALL, 'modelB.safetensors');
    expect((await draw(url)).image).not.toBe(merged.image);
  });
});

describe('AUTOMATIC1111', () => {
  it('loads such files without a word, and draws with nothing of them', async () => {
    const url = await start({ family: 'a1111' });
    const images = [];
    for (const name of ['modelA', 'modelB']) {
      const { body, status } = await post(url, '/sdapi/v1/options', {
        sd_model_checkpoint: `${name}.safetensors`,
      });
      expect([status, body]).toEqual([200, null]);
      const { image, text } = await draw(url);
      expect(text).toContain(`Model: ${name}`);
      images.push(image);
    }
    expect(images[0]).toBe(images[1]);
  });

  it('knows SD3', async () => {
    const url = await start({ family: 'a1111', architecture: 'sd3:joint_blocks=2' });
    const [a, b] = [
      await draw(url),
      await draw(url, { override_settings: { sd_model_checkpoint: 'modelB' } }),
    ];
    expect(a.image).not.toBe(b.image);
  });
});
