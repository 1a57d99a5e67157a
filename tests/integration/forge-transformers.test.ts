/** What is found out about a search of transformers on Forge and AUTOMATIC1111 before anything is drawn or changed. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { recogniseArchitecture } from '../../src/architectures/registry.ts';
import { openCheckpoint } from '../../src/checkpoints/checkpoint-file.ts';
import { createRenderer, examineServer } from '../../src/renderers/index.ts';
import type { Renderer, RendererOptions } from '../../src/renderers/index.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/index.ts';
import type { Image, ImageRequest } from '../../src/types.ts';
import { requestOf } from '../helpers/small-image.ts';
import { temporaryFolder } from '../helpers/run-search.ts';
import { get, post } from '../unit/simulator/client.ts';

const MADE = path.resolve(import.meta.dirname, '../fixtures/checkpoints/transformers');
const { signal } = new AbortController();
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const anima =
  recogniseArchitecture(openCheckpoint(path.join(MADE, 'anima-a.safetensors')))?.architecture ?? '';
const AE = '/webui/models/VAE/ae.safetensors';

/** A server with the made files of Anima beside its own models. */
async function start(
  over: SimulatorOptions = {},
): Promise<{ simulator: Simulator; rendererFor: (over?: Partial<RendererOptions>) => Renderer }> {
  const modelsDir = temporaryFolder();
  const simulator = await startSimulator({
    family: 'forge',
    modelsDir,
    modules: ['ae.safetensors', 'qwen_3_06b_base.safetensors'],
    ...over,
  });
  for (const which of ['a', 'b'])
    fs.copyFileSync(
      path.join(MADE, `anima-${which}.safetensors`),
      path.join(modelsDir, `anima-${which}.safetensors`),
    );
  open.push(simulator);
  const rendererFor = (more: Partial<RendererOptions> = {}): Renderer => {
    const { url } = simulator;
    const models = { modelA: 'anima-a', modelB: 'anima-b', architecture: anima };
    const renderer = createRenderer({
      url,
      ...models,
      modelsDir,
      retryDelays: [],
      pollSeconds: 0.02,
      ...more,
    });
    open.unshift(renderer);
    return renderer;
  };
  return { simulator, rendererFor };
}

async function imagesOf(renderer: Renderer, request: ImageRequest): Promise<Image[]> {
  const images: Image[] = [];
  for await (const image of renderer.render({ weights: 'model-a', requests: [request] }, signal))
    images.push(image);
  return images;
}

async function settingsOf({ url }: Simulator): Promise<unknown> {
  return (await get(url, '/sdapi/v1/options')).body;
}

describe('on Forge', () => {
  it.each(['auto', 'checkpoint'])('--backend %s is the way with checkpoint files', async (backend) => {
    const { simulator, rendererFor } = await start();
    const renderer = rendererFor({ backend, vae: 'ae', textEncoders: ['qwen_3_06b_base'] });
    const report = await renderer.open(signal);
    expect(report).toMatchObject({ family: 'forge', mergeWay: 'checkpoint', modelA: { name: 'anima-a' } });
    expect(renderer.capabilities.free).toContain('blocks.0');
    expect(await renderer.close()).toEqual([]);
    expect(simulator.stats().images).toBe(0);
  });

  it('a network without encoder and VAE is refused, with what there is', async () => {
    const { simulator, rendererFor } = await start();
    const before = await settingsOf(simulator);
    await expect(rendererFor().open(signal)).rejects.toMatchObject({
      code: 'model-parts',
      kind: 'usage',
      message: expect.stringMatching(
        /^anima-a\.safetensors holds Anima without text encoder and VAE: .*--text-encoder and --vae.*It has ae\.safetensors, qwen_3_06b_base\.safetensors\.$/,
      ),
    });
    expect(await settingsOf(simulator)).toEqual(before);
  });

  it('modules that are chosen already stay, and are named', async () => {
    const { simulator, rendererFor } = await start();
    await post(simulator.url, '/sdapi/v1/options', { forge_additional_modules: ['ae.safetensors'] });
    const renderer = rendererFor();
    expect((await renderer.open(signal)).settings).toEqual({ forge_additional_modules: [AE] });
    expect(renderer.warnings?.([])).toContainEqual(
      expect.stringMatching(
        /has VAE \/ Text Encoder "ae\.safetensors" .*selected, which is used for every image .*--vae choose/,
      ),
    );
    await renderer.close();
    expect(await settingsOf(simulator)).toMatchObject({ forge_additional_modules: [AE] });
    const cleared = rendererFor({ clearModules: true });
    await expect(cleared.open(signal)).rejects.toMatchObject({ code: 'model-parts' });
  });

  it('a CFG scale that the payload leaves out is that of the family, and is said', async () => {
    const root = temporaryFolder();
    const simulator = await startSimulator({ family: 'forge', architecture: 'flux1', modelsDir: root });
    open.push(simulator);
    const renderer = createRenderer({
      url: simulator.url,
      modelA: 'modelA',
      modelB: 'modelB',
      architecture: 'flux1',
      modelsDir: root,
      textEncoders: ['clip_l', 't5xxl_fp16'],
      vae: 'ae',
      retryDelays: [],
      pollSeconds: 0.02,
    });
    open.unshift(renderer);
    await renderer.open(signal);
    const request = requestOf('p/1', [1]);
    const { cfg_scale: _, ...body } = request.body;
    const said = 'The payload "tiny" does not set cfg_scale, so 1 is used, the usual value for Flux.1.';
    expect(renderer.warnings?.([{ ...request, payload: 'tiny', body }])).toContain(said);
    expect(renderer.warnings?.([{ ...request, body: { ...body, cfg_scale: 2 } }])).not.toContain(said);
    const [image] = await imagesOf(renderer, { ...request, body });
    expect(image?.reported.infotext).toMatch(/CFG scale: 1\.0, Distilled CFG Scale: 3\.5/);
    const [other] = await imagesOf(renderer, {
      ...request,
      body: { ...body, cfg_scale: 2, distilled_cfg_scale: 3 },
    });
    expect(other?.reported.infotext).toMatch(/CFG scale: 2\.0, Distilled CFG Scale: 3\.0/);
  });

  it('a search for other blocks than the file has is refused, with the right id', async () => {
    const { rendererFor } = await start();
    const renderer = rendererFor({ architecture: 'anima', vae: 'ae' });
    await expect(renderer.open(signal)).rejects.toMatchObject({
      code: 'checkpoint-architecture',
      message: expect.stringContaining(`use --architecture ${anima}, not anima.`),
    });
  });

  it('no other way is offered', async () => {
    const { simulator, rendererFor } = await start({ extensions: ['runtime-block-merge'] });
    await expect(rendererFor({ backend: 'runtime-block-merge' }).open(signal)).rejects.toThrow(
      'On Forge, Anima can only be merged with --backend checkpoint and --models-dir.',
    );
    const { modelsDir } = simulator;
    const found = await examineServer({ url: simulator.url, modelsDir, architecture: anima }, signal);
    const ready = found.mergeWays.filter(({ missing }) => missing === undefined).map(({ name }) => name);
    expect(ready).toEqual(['checkpoint']);
  });
});

it('AUTOMATIC1111 is refused for them, whatever way is asked for', async () => {
  const { simulator, rendererFor } = await start({ family: 'a1111', extensions: ['runtime-block-merge'] });
  const before = await settingsOf(simulator);
  for (const backend of ['auto', 'checkpoint', 'runtime-block-merge']) {
    await expect(rendererFor({ backend }).open(signal)).rejects.toMatchObject({
      code: 'webui-merge-way-missing',
      kind: 'usage',
      message: expect.stringMatching(/^A search for Anima runs on Forge and ComfyUI, .*\.$/),
    });
  }
  expect(await settingsOf(simulator)).toEqual(before);
  expect(simulator.stats().images).toBe(0);
});
