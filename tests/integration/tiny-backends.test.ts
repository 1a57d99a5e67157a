/** Every backend hands its tensors to the tiny world: the same weights, the same pixels. */
import { afterEach, describe, expect, it } from 'vitest';
import { createRenderer, proveMerge } from '../../src/renderers/index.ts';
import type { Renderer } from '../../src/renderers/index.ts';
import { decodeImage } from '../../src/images/decode.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/index.ts';
import { uniformWeights } from '../../src/space/blocks.ts';
import { SEARCH_ORDER } from '../../src/architectures/sd-lists.ts';
import type { BlockWeights } from '../../src/space/blocks.ts';
import type { Pixels } from '../../src/types.ts';
import { pixelHash, requestOf } from '../helpers/small-image.ts';
import { makeWorkFolder } from '../helpers/work-folder.ts';

const open: { close(): Promise<unknown> }[] = [];
const { signal } = new AbortController();

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const CHECKPOINT = 'checkpoint';
const WAYS = ['runtime-block-merge', 'model-mixer', 'bayesian-merger', CHECKPOINT, 'comfyui'] as const;
type Way = (typeof WAYS)[number];

async function start(
  way: Way,
  over: SimulatorOptions = {},
): Promise<{ simulator: Simulator; renderer: Renderer }> {
  const folder = way === CHECKPOINT ? { modelsDir: makeWorkFolder().path } : {};
  const family = way === 'comfyui' ? ({ family: 'comfyui' } as const) : {};
  const extensions = way === 'comfyui' || way === CHECKPOINT ? [] : [way];
  const simulator = await startSimulator({ world: 'tiny', extensions, ...folder, ...family, ...over });
  open.push(simulator);
  const models = { modelA: 'crisp', modelB: 'vivid', architecture: 'sd1' } as const;
  const common = { url: simulator.url, backend: way, retryDelays: [0.01], pollSeconds: 0.02 };
  const renderer = createRenderer({ ...common, ...models, ...folder });
  open.unshift(renderer);
  await renderer.open(signal);
  return { simulator, renderer };
}

async function draw(renderer: Renderer, weights: BlockWeights | 'model-a'): Promise<Pixels> {
  const job = { weights, requests: [requestOf('look/0', [3])] };
  for await (const { bytes } of renderer.render(job, signal)) return await decodeImage(bytes);
  throw new Error('no image');
}

/** 0 or 1, which float16 holds in every way; equal in the blocks that some ways tie to each other. */
const patchwork: BlockWeights = Object.fromEntries(
  SEARCH_ORDER.map((block, i) => [block, ['IN00', 'OUT11', 'OUT', 'TIME_EMBED'].includes(block) ? 1 : i % 2]),
);
const uneven = Object.fromEntries(
  SEARCH_ORDER.map((block, i) => [
    block,
    ['IN00', 'OUT11', 'OUT', 'TIME_EMBED'].includes(block) ? 0.3 : (i % 10) / 10,
  ]),
);

const largestDifference = (p: Pixels, q: Pixels): number =>
  p.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (q.data[i] ?? 0))), 0);

describe('the tiny world', () => {
  it('gives the same pixels in every backend', async () => {
    const drawn: { way: Way; exact: Pixels; mixed: Pixels }[] = [];
    for (const way of WAYS) {
      const { renderer } = await start(way);
      drawn.push({ way, exact: await draw(renderer, patchwork), mixed: await draw(renderer, uneven) });
      for (const one of open.splice(0)) await one.close();
    }
    const [first] = drawn;
    expect(first?.exact.data).not.toEqual(first?.mixed.data);
    for (const { way, exact, mixed } of drawn) {
      expect([way, Buffer.compare(exact.data, first?.exact.data ?? new Uint8Array())]).toEqual([way, 0]);
      // Merged files are float16, and ComfyUI rounds every product.
      const bound = way === CHECKPOINT || way === 'comfyui' ? 3 : 0;
      expect([way, largestDifference(mixed, first?.mixed ?? mixed)]).toEqual([
        way,
        expect.toSatisfy((most: number) => most <= bound),
      ]);
    }
  });

  it('proves its merges, and knows where they lie', async () => {
    const { simulator, renderer } = await start('runtime-block-merge');
    const request = requestOf('proof/0', [1]);
    const proof = await proveMerge({ renderer, request, hash: pixelHash, architecture: 'sd1', signal });
    expect(proof.rearmed).toBe(false);
    await draw(renderer, uneven);
    // A block in which the models are equal lies at 0 whatever was merged.
    const moved = Object.entries(simulator.position()).filter(([, weight]) => weight !== 0);
    expect(moved.length).toBeGreaterThan(8);
    const asked = new Map<string, number>(Object.entries(uneven));
    for (const [block, weight] of moved)
      expect([block, weight]).toEqual([block, expect.closeTo(asked.get(block) ?? 0, 3)]);
  });

  it('moves towards a model by its LoRA', async () => {
    const simulator = await startSimulator({
      world: 'tiny',
      extensions: ['lora-block-weight'],
      loras: [{ name: 'vivid', kind: 'lycoris' }],
    });
    open.push(simulator);
    await fetch(`${simulator.url}/sdapi/v1/options`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sd_model_checkpoint: 'crisp' }),
    });
    const renderer = createRenderer({
      url: simulator.url,
      backend: 'lora-block-weight',
      modelA: 'crisp',
      modelB: 'vivid',
      architecture: 'sd1',
    });
    open.unshift(renderer);
    await renderer.open(signal);
    const plain = await draw(renderer, 'model-a');
    const moved = await draw(renderer, uniformWeights(1, 'sd1'));
    expect(largestDifference(plain, moved)).toBeGreaterThan(0);
  });
});
