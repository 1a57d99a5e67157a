import { afterEach, describe, expect, it } from 'vitest';
import { examineComfy } from '../../../../src/renderers/comfyui/examine.ts';
import { examineServer } from '../../../../src/renderers/index.ts';
import { proveMerge, spreadWeights } from '../../../../src/renderers/prove.ts';
import { startSimulator } from '../../../../src/simulator/index.ts';
import { closedUrl } from '../../../helpers/replay-server.ts';
import type { Routes } from '../../../helpers/replay-server.ts';
import { makeRequest } from '../make-request.ts';
import { closeAll, outputsOf, signal, start } from './comfy-world.ts';
import { exchange } from './recordings.ts';

afterEach(closeAll);

it('examineComfy finds version, models and the one backend', async () => {
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

describe('trying what a search does first', () => {
  const refusal = (type: string, message: string, details = ''): object => ({
    error: { type, message, details, extra_info: {} },
    node_errors: {},
  });
  const NO_OUTPUT = { status: 400, body: refusal('prompt_no_outputs', 'Prompt has no outputs') };
  const obstaclesOn = async (routes: Routes): Promise<readonly string[] | undefined> => {
    const { world } = await start({}, routes);
    return (await examineComfy({ url: world.server.url, tries: true, retryDelays: [] }, signal)).obstacles;
  };

  it('is not done without being asked', async () => {
    const { world } = await start();
    expect((await examineComfy({ url: world.server.url }, signal)).obstacles).toBeUndefined();
    expect(world.server.bodies('POST /prompt')).toEqual([]);
  });

  it('finds nothing where only the missing output is refused, and makes no image', async () => {
    expect(await obstaclesOn({ 'POST /prompt': NO_OUTPUT })).toEqual([]);
    const simulator = await startSimulator({ family: 'comfyui' });
    expect(await examineServer({ url: simulator.url }, signal)).not.toHaveProperty('obstacles');
    expect(await examineComfy({ url: simulator.url, tries: true }, signal)).toMatchObject({ obstacles: [] });
    expect(simulator.stats().images).toBe(0);
    await simulator.close();
  });

  it('says what any other refusal says', async () => {
    const { status, body } = exchange('prompt-id-no-uuid');
    expect(await obstaclesOn({ 'POST /prompt': { status, body } })).toEqual([
      expect.stringContaining('refused the prompt: prompt_id must be a valid UUID'),
    ]);
    expect(await obstaclesOn({ 'POST /prompt': { status: 401, body: {} } })).toEqual([
      expect.stringContaining('requires a login for /prompt'),
    ]);
    expect(await obstaclesOn({ 'POST /prompt': NO_OUTPUT, 'GET /queue': { raw: '<html>' } })).toEqual([
      expect.stringContaining('GET /queue'),
    ]);
  });

  it('takes back a prompt that was queued all the same', async () => {
    const { world } = await start();
    world.behave = () => {};
    const { obstacles } = await examineComfy({ url: world.server.url, tries: true }, signal);
    expect(obstacles).toEqual([]);
    expect(world.server.bodies('POST /queue')).toEqual([{ delete: [world.posted[0]?.prompt_id] }]);
  });
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
    // As if the image were the weights: plain A and weight 0 alike.
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
