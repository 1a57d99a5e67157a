/** Every way of merging hands its tensors to the tiny transformer: the same weights, the same pixels. */
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { mergeCheckpoints } from '../../src/checkpoints/index.ts';
import { decodeImage } from '../../src/images/decode.ts';
import { createRenderer, proveMerge } from '../../src/renderers/index.ts';
import type { Renderer, RendererOptions } from '../../src/renderers/index.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import type { Simulator } from '../../src/simulator/index.ts';
import { blocksOf } from '../../src/space/blocks.ts';
import type { BlockWeights } from '../../src/space/blocks.ts';
import type { Pixels } from '../../src/types.ts';
import { pixelHash, requestOf } from '../helpers/small-image.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const ARCHITECTURE = 'flux1:double_blocks=5,single_blocks=10,-guidance_in';
const open: { close(): Promise<unknown> }[] = [];
const { signal } = new AbortController();
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const WAYS = {
  nodes: { family: 'comfyui', backend: 'comfyui', networks: 'diffusion_models' },
  'merged files on ComfyUI': { family: 'comfyui', backend: 'checkpoint', networks: 'diffusion_models' },
  'merged files on Forge': { family: 'forge', backend: 'checkpoint', networks: '' },
} as const;
type Way = keyof typeof WAYS;

interface Started {
  readonly simulator: Simulator;
  readonly renderer: Renderer;
  readonly networks: string;
}

async function start(way: Way, over: Partial<RendererOptions> = {}): Promise<Started> {
  const { family, backend, networks } = WAYS[way];
  const root = temporaryFolder('tiny-flux');
  const modelsDir = path.join(root, networks);
  const simulator = await startSimulator({
    world: 'tiny',
    architecture: 'flux1',
    family,
    extensions: [],
    modelsDir: root,
  });
  open.push(simulator);
  const renderer = rendererOn(simulator, { backend, modelsDir, ...over });
  return { simulator, renderer, networks: modelsDir };
}

function rendererOn({ url }: Simulator, over: Partial<RendererOptions>): Renderer {
  const models = { modelA: 'crisp-flux', modelB: 'vivid-flux', architecture: ARCHITECTURE };
  const parts = { textEncoders: ['clip_l', 't5xxl'], vae: 'ae' };
  const renderer = createRenderer({
    url,
    ...models,
    ...parts,
    retryDelays: [0.01],
    pollSeconds: 0.02,
    ...over,
  });
  open.unshift(renderer);
  return renderer;
}

async function draw(renderer: Renderer, weights: BlockWeights | 'model-a'): Promise<Pixels> {
  const request = requestOf('look/0', [3]);
  const body = { ...request.body, prompt: 'a big red heart on navy', cfg_scale: 1, width: 128, height: 128 };
  const job = { weights, requests: [{ ...request, prompt: body.prompt, body }] };
  for await (const { bytes } of renderer.render(job, signal)) return await decodeImage(bytes);
  throw new Error('no image');
}

const blocks = blocksOf(ARCHITECTURE);
/** 0 or 1, which float16 holds in every way. */
const patchwork: BlockWeights = Object.fromEntries(blocks.map((block, i) => [block, i % 2]));
const uneven: BlockWeights = Object.fromEntries(blocks.map((block, i) => [block, (i % 10) / 10]));

const largestDifference = (p: Pixels, q: Pixels): number =>
  p.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (q.data[i] ?? 0))), 0);

describe('the tiny transformer', () => {
  it('gives the same pixels by nodes, by merged files, and from a file that was merged before', async () => {
    const drawn: { way: string; exact: Pixels; mixed: Pixels }[] = [];
    for (const way of ['nodes', 'merged files on ComfyUI', 'merged files on Forge'] as const) {
      const { simulator, renderer, networks } = await start(way);
      await renderer.open(signal);
      drawn.push({ way, exact: await draw(renderer, patchwork), mixed: await draw(renderer, uneven) });
      if (way === 'nodes') drawn.push({ way: 'a file', ...(await drawFiles(simulator, networks)) });
      for (const one of open.splice(0)) await one.close();
    }
    const [first] = drawn;
    expect(first?.exact.data).not.toEqual(first?.mixed.data);
    for (const { way, exact, mixed } of drawn) {
      expect([way, Buffer.compare(exact.data, first?.exact.data ?? new Uint8Array())]).toEqual([way, 0]);
      // Merged files are float16, and ComfyUI rounds every product.
      expect([way, largestDifference(mixed, first?.mixed ?? mixed)]).toEqual([
        way,
        expect.toSatisfy((most: number) => most <= 3),
      ]);
    }
  });

  it.each(Object.keys(WAYS) as Way[])('is proved by %s', async (way) => {
    const { renderer } = await start(way);
    await renderer.open(signal);
    const request = requestOf('proof/0', [1]);
    const proof = await proveMerge({
      renderer,
      request,
      hash: pixelHash,
      architecture: ARCHITECTURE,
      signal,
    });
    expect(proof.rearmed).toBe(false);
    expect(await renderer.close()).toEqual([]);
  });
});

/** Merged by `autombw merge`, loaded as model A. */
async function drawFiles(simulator: Simulator, folder: string): Promise<{ exact: Pixels; mixed: Pixels }> {
  const file = (name: string): string => path.join(folder, `${name}.safetensors`);
  const drawMerged = async (name: string, weights: BlockWeights): Promise<Pixels> => {
    const [modelA, modelB] = [file('crisp-flux'), file('vivid-flux')];
    await mergeCheckpoints({ modelA, modelB, output: file(name), weights });
    const renderer = rendererOn(simulator, { backend: 'comfyui', modelA: name, modelsDir: folder });
    await renderer.open(signal);
    return await draw(renderer, 'model-a');
  };
  return { exact: await drawMerged('exact', patchwork), mixed: await drawMerged('mixed', uneven) };
}
