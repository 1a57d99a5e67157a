import { afterEach, expect, it } from 'vitest';
import { examineComfy } from '../../../../src/renderers/comfyui/examine.ts';
import { proveMerge, spreadWeights } from '../../../../src/renderers/prove.ts';
import { closedUrl } from '../../../helpers/replay-server.ts';
import { makeRequest } from '../make-request.ts';
import { closeAll, outputsOf, signal, start } from './comfy-world.ts';

afterEach(closeAll);

it('examineComfy finds version, models and the one way of merging', async () => {
  const { world } = await start();
  const found = await examineComfy({ url: world.server.url, architecture: 'sdxl' }, signal);
  expect(found).toMatchObject({
    address: world.server.url,
    version: '0.3.64',
    models: ['modelA.safetensors', 'modelB.safetensors', 'modelNaN.safetensors'],
    mergeWays: [{ name: 'comfyui', takes: 'checkpoint', capabilities: { range: { low: -1, high: 2 } } }],
  });
  expect(found.mergeWays[0]?.capabilities.free).toHaveLength(21);
  expect(found.problem).toBeUndefined();
  expect(found.mergeWays[0]?.missing).toBeUndefined();
  expect(world.server.seen.every(({ method }) => method === 'GET')).toBe(true);
});

it('examineComfy says what is missing, and why there is nothing', async () => {
  const { world } = await start();
  delete world.nodes['ModelMergeSDXL'];
  const found = await examineComfy({ url: world.server.url, architecture: 'sdxl' }, signal);
  expect(found.mergeWays[0]?.missing).toContain('has no node ModelMergeSDXL');
  const nothing = await examineComfy({ url: await closedUrl() }, signal);
  expect(nothing).toMatchObject({ version: null, models: [], mergeWays: [] });
  expect(nothing.problem).toContain('start ComfyUI');
});

it('the proof of a merge works on what the server was asked for', async () => {
  const { renderer, world } = await start();
  await renderer.open(signal);
  const ratio = (input: string): unknown => world.posted.at(-1)?.prompt['merge']?.inputs[input] ?? 1;
  const proof = await proveMerge({
    renderer,
    request: makeRequest(),
    architecture: 'sd1',
    signal,
    // As if the picture were the weights: plain A and weight 0 alike.
    hash: async () => JSON.stringify([ratio('out.'), ratio('input_blocks.11.')]),
  });
  const { OUT = 0, IN11 = 0 } = spreadWeights('sd1');
  expect(proof).toMatchObject({
    modelA: '[1,1]',
    zero: '[1,1]',
    one: '[0,0]',
    spread: JSON.stringify([1 - OUT, 1 - IN11]),
    deepest: '[1,0]',
    rearmed: false,
  });
  expect(world.posted.every(({ prompt }) => outputsOf(prompt).length === 1)).toBe(true);
});
