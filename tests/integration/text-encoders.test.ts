/** Text encoder and VAE in a search: every way that can merge them gives the same pixels, and a search finds out whether it does. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readJournal, trialsOf } from '../../src/journal/read.ts';
import { decodeImage } from '../../src/images/decode.ts';
import { createRenderer, knownCapabilities, proveMerge } from '../../src/renderers/index.ts';
import type { Renderer } from '../../src/renderers/index.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import { modelFile } from '../../src/simulator/worlds/tiny/assets.ts';
import { uniformWeights, type BlockWeights } from '../../src/space/blocks.ts';
import { readRunWeights } from '../../src/weights/run.ts';
import type { Pixels } from '../../src/types.ts';
import { searchSimulated, type SimulatedResult } from '../helpers/simulated-search.ts';
import { look, pixelHash, requestOf } from '../helpers/small-image.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { withOtherParts } from '../helpers/with-other-parts.ts';

const open: { close(): Promise<unknown> }[] = [];
const { signal } = new AbortController();

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const CHECKPOINT = 'checkpoint';
const COMFYUI = 'comfyui';
/** Merged files in the folder of a ComfyUI. */
const COMFYUI_FILES = 'files on comfyui';
const WAYS = [CHECKPOINT, COMFYUI, COMFYUI_FILES] as const;
type Way = (typeof WAYS)[number];

const familyOf = (way: Way): object => (way === CHECKPOINT ? {} : { family: COMFYUI });
const backendOf = (way: Way): string => (way === COMFYUI ? COMFYUI : CHECKPOINT);

/** The trained models share encoder and VAE: B gets others. */
function folderWithOtherParts(): string {
  const folder = temporaryFolder('parts');
  const prefixes = ['cond_stage_model.', 'first_stage_model.decoder.conv_out.'];
  withOtherParts(modelFile('vivid'), path.join(folder, 'vivid.safetensors'), prefixes);
  return folder;
}

async function start(way: Way, modelsDir: string): Promise<Renderer> {
  const simulator = await startSimulator({ world: 'tiny', extensions: [], modelsDir, ...familyOf(way) });
  open.push(simulator);
  const models = { modelA: 'crisp', modelB: 'vivid', architecture: 'sd1', modelsDir } as const;
  const renderer = createRenderer({
    url: simulator.url,
    backend: backendOf(way),
    pollSeconds: 0.02,
    ...models,
  });
  open.unshift(renderer);
  await renderer.open(signal);
  return renderer;
}

async function draw(renderer: Renderer, weights: BlockWeights): Promise<Pixels> {
  const job = { weights, requests: [requestOf('look/0', [3])] };
  for await (const { bytes } of renderer.render(job, signal)) return await decodeImage(bytes);
  throw new Error('no image');
}

const largestDifference = (p: Pixels, q: Pixels): number =>
  p.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (q.data[i] ?? 0))), 0);

describe('a text encoder and a VAE', () => {
  it('give the same pixels by files and by nodes, and others for other weights', async () => {
    const zero = uniformWeights(0, 'sd1');
    const each: readonly BlockWeights[] = [
      zero,
      { ...zero, TE: 1 },
      { ...zero, VAE: 1 },
      { ...uniformWeights(1, 'sd1'), TE: 1, VAE: 1 },
      { ...zero, TE: 0.3 },
      { ...zero, TE: 0.4 },
      { ...zero, TE: -0.5, VAE: 1 },
    ];
    const folder = folderWithOtherParts();
    const drawn = new Map<Way, Pixels[]>();
    for (const way of WAYS) {
      const renderer = await start(way, folder);
      const pixels: Pixels[] = [];
      for (const weights of each) pixels.push(await draw(renderer, weights));
      drawn.set(way, pixels);
      for (const one of open.splice(0)) await one.close();
    }
    const [files = [], nodes = [], comfyFiles = []] = WAYS.map((way) => drawn.get(way));
    for (const [i, pixels] of files.entries()) {
      expect([i, largestDifference(pixels, comfyFiles[i] ?? pixels)]).toEqual([i, 0]);
      // Merged files are float16, and ComfyUI rounds every product; at 0 and 1 there is nothing to round.
      const bound = i < 4 ? 0 : 3;
      expect([i, largestDifference(pixels, nodes[i] ?? pixels) <= bound]).toEqual([i, true]);
      for (const other of files.slice(0, i)) expect(largestDifference(pixels, other)).toBeGreaterThan(0);
    }
  });

  it.each(WAYS)('are proved to move over %s, and searched there', async (way) => {
    const modelsDir = folderWithOtherParts();
    const result = await search(way, modelsDir, { TE: { low: 0, high: 1 }, VAE: 1 });
    const { summary, records } = result;
    const csv = readFileSync(summary.files['csv'] ?? '', 'utf8');
    const [plan] = records;
    expect(plan).toMatchObject({ plan: { space: { fixed: { VAE: 1 } } } });
    const { finished } = trialsOf((await readJournal(summary.files['journal'] ?? '')).records);
    const values = finished.map(({ weights }) => weights['TE']);
    expect(new Set(values).size).toBeGreaterThan(2);
    expect(finished.every(({ weights }) => weights['VAE'] === 1)).toBe(true);
    expect(csv.split('\n')[0]).toMatch(/,TE,VAE$/);
    const { weights } = await readRunWeights(summary.files['journal'] ?? '');
    expect(weights).toMatchObject(summary.recommended?.weights ?? { TE: 'none' });
  });

  it.each(WAYS)(
    'that are equal in both models end a search of them over %s before it begins',
    async (way) => {
      const modelsDir = temporaryFolder('parts');
      await expect(search(way, modelsDir, { TE: { low: 0, high: 1 } })).rejects.toMatchObject({
        code: 'merge-not-proved',
        message: expect.stringMatching(
          /TE has no effect: models A and B are equal there .+ Leave out --block TE, or/,
        ),
      });
    },
  );

  async function search(way: Way, modelsDir: string, block: object): Promise<SimulatedResult> {
    const models = { modelA: 'crisp', modelB: 'vivid', modelsDir, backend: backendOf(way) };
    const result = await searchSimulated({
      simulator: { world: 'tiny', models: ['crisp', 'vivid'], extensions: [], modelsDir, ...familyOf(way) },
      renderer: models,
      config: { ...models, block, iterations: 4 },
    });
    open.push(result.simulator);
    return result;
  }

  it('of a LoRA move by the first number of its list', async () => {
    const simulator = await startSimulator({
      models: ['modelA', 'modelB'],
      extensions: ['lora-block-weight'],
      loras: [{ name: 'towardsB', unet: 'modelB' }],
    });
    open.push(simulator);
    const models = { modelA: 'modelA', modelB: 'towardsB', architecture: 'sd1' } as const;
    const renderer = createRenderer({ url: simulator.url, backend: 'lora-block-weight', ...models });
    open.unshift(renderer);
    await renderer.open(signal);
    expect(renderer.capabilities.parts).toEqual({ free: ['TE'], tied: {} });
    const zero = uniformWeights(0, 'sd1');
    const images = [];
    for (const TE of [0, 0.3, 0.4]) images.push(await look(renderer, { ...zero, TE }));
    expect(new Set(images).size).toBe(3);
    expect(await look(renderer, zero)).toBe(images[0]);
    const parts = [{ name: 'TE', blocks: ['TE'] }];
    const request = requestOf('proof/0', [1]);
    const proof = await proveMerge({
      renderer,
      request,
      hash: pixelHash,
      architecture: 'sd1',
      parts,
      signal,
    });
    expect(proof.parts).toHaveProperty('TE');
  });

  it('stay at A where nobody asks for them', async () => {
    const renderer = await start(COMFYUI, folderWithOtherParts());
    const request = requestOf('proof/0', [1]);
    const proof = await proveMerge({ renderer, request, hash: pixelHash, architecture: 'sd1', signal });
    expect(proof).not.toHaveProperty('parts');
    const weights = uniformWeights(1, 'sd1');
    expect(await look(renderer, { ...weights, TE: 0, VAE: 0 })).toBe(await look(renderer, weights));
  });

  it('are merged by ComfyUI as a whole, the VAE not at all; by files layer by layer', async () => {
    const renderer = await start(COMFYUI, folderWithOtherParts());
    expect(renderer.capabilities.parts).toEqual({ free: ['TE'], tied: {}, whole: ['VAE'] });
    const files = knownCapabilities({ backend: CHECKPOINT, architecture: 'sdxl' });
    expect(files?.parts?.free.slice(0, 4)).toEqual(['CLIP_L', 'CLIP_G', 'VAE', 'CLIP_L.embedding']);
    const nodes = knownCapabilities({ backend: 'runtime-block-merge', architecture: 'sdxl' });
    expect(nodes).not.toHaveProperty('parts');
  });
});
