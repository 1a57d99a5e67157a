/** The A1111 renderer over the simulated WebUI: real HTTP, and the server's silences. */
import { afterEach, describe, expect, it } from 'vitest';
import { createRenderer, isTransient, proveMerge } from '../../src/renderers/index.ts';
import type { A1111Options, Proof, RenderJob, Renderer } from '../../src/renderers/index.ts';
import { decodeImage, hashPixels } from '../../src/images/decode.ts';
import { parseFault, startSimulator } from '../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/index.ts';
import { uniformWeights } from '../../src/space/blocks.ts';
import type { Architecture } from '../../src/space/blocks.ts';
import type { ImageRequest } from '../../src/types.ts';
import { describeRenderer } from '../contracts/renderer.contract.ts';
import { PATIENCE } from '../setup/settings.ts';

const open: { close(): Promise<unknown> }[] = [];
const { signal } = new AbortController();

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

function requestOf(id: string, seeds: readonly number[]): ImageRequest {
  return {
    id,
    payload: 'hills',
    prompt: 'green hills at dawn',
    negativePrompt: '',
    reverseScoring: false,
    seeds,
    body: {
      prompt: 'green hills at dawn',
      seed: seeds[0],
      steps: 4,
      width: 64,
      height: 64,
      sampler_name: 'Euler',
      cfg_scale: 7,
      batch_size: seeds.length,
      n_iter: 1,
    },
  };
}

function rendererOf({ url }: Simulator, over: Partial<A1111Options> = {}): Renderer {
  return createRenderer({
    url,
    modelA: 'modelA',
    modelB: 'modelB',
    architecture: 'sd1',
    retryDelays: [0.01],
    pollSeconds: 0.02,
    apiSeconds: 0.1,
    ...over,
  });
}

async function start(
  options: Omit<SimulatorOptions, 'faults'> & { faults?: readonly string[] } = {},
  over: Partial<A1111Options> = {},
): Promise<{ simulator: Simulator; renderer: Renderer }> {
  const { faults = [], ...rest } = options;
  const simulator = await startSimulator({ ...rest, faults: faults.map(parseFault) });
  const renderer = rendererOf(simulator, over);
  open.push(renderer, simulator);
  return { simulator, renderer };
}

async function look(renderer: Renderer, weights: RenderJob['weights']): Promise<string> {
  for await (const { bytes } of renderer.render({ weights, requests: [requestOf('look/0', [3])] }, signal)) {
    return hashPixels(await decodeImage(bytes));
  }
  throw new Error('no image');
}

const prove = async (renderer: Renderer, architecture: Architecture = 'sd1'): Promise<Proof> =>
  proveMerge({
    renderer,
    request: requestOf('proof/0', [1]),
    hash: async (bytes) => hashPixels(await decodeImage(bytes)),
    architecture,
    signal,
  });

const half = uniformWeights(0.5, 'sd1');

async function selectedOn({ url }: Simulator): Promise<unknown> {
  const options = (await (await fetch(`${url}/sdapi/v1/options`)).json()) as Record<string, unknown>;
  return options['sd_model_checkpoint'];
}

async function post({ url }: Simulator, path: string, body?: unknown): Promise<void> {
  await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

describeRenderer('a1111 with runtime-block-merge', async () => {
  const simulator = await startSimulator({ models: ['other', 'modelA', 'modelB'] });
  return {
    renderer: rendererOf(simulator),
    architecture: 'sd1',
    request: requestOf,
    received: () => simulator.stats().requests['POST /sdapi/v1/txt2img'] ?? 0,
    serverState: () => selectedOn(simulator),
    close: () => simulator.close(),
  };
});

describe('the proof', () => {
  it('is given to a server that merges', async () => {
    const { renderer } = await start();
    await renderer.open(signal);
    await expect(prove(renderer)).resolves.toMatchObject({ rearmed: false, architecture: 'sd1' });
  });

  it('is given for SDXL, and SD1 on SDXL models is told apart', async () => {
    const { simulator, renderer } = await start({ architecture: 'sdxl' }, { architecture: 'sdxl' });
    await renderer.open(signal);
    await expect(prove(renderer, 'sdxl')).resolves.toMatchObject({ deepest: null });
    const mistaken = rendererOf(simulator);
    open.unshift(mistaken);
    await mistaken.open(signal);
    await expect(prove(mistaken)).rejects.toThrow(/--architecture sdxl/);
  });

  it.each(['sd1', 'sd2'] as const)('tells SDXL on %s models apart', async (architecture) => {
    const { renderer } = await start({ architecture }, { architecture: 'sdxl' });
    await renderer.open(signal);
    await expect(prove(renderer, 'sdxl')).rejects.toThrow(
      /IN09 to IN11 and OUT09 to OUT11, which SDXL lacks, have an effect.*--architecture sd1/,
    );
  });

  it.each(['model-mixer', 'bayesian-merger'] as const)(
    'tells SD1 on SDXL models apart over %s, where OUT follows OUT11',
    async (backend) => {
      const { renderer } = await start({ architecture: 'sdxl', extensions: [backend] }, { backend });
      await renderer.open(signal);
      await expect(prove(renderer)).rejects.toThrow(/--architecture sdxl/);
    },
  );

  it('is refused to a UNet that was replaced', async () => {
    const { renderer } = await start({ faults: ['stale-unet@1'] });
    await renderer.open(signal);
    await expect(prove(renderer)).rejects.toMatchObject({ code: 'merge-not-proved' });
  });

  it('clears away what somebody else had merged', async () => {
    const { simulator, renderer } = await start();
    const stranger = rendererOf(simulator);
    await stranger.open(signal);
    await look(stranger, uniformWeights(1, 'sd1'));
    await renderer.open(signal);
    await expect(prove(renderer)).resolves.toMatchObject({ rearmed: false });
  });
});

describe('failures on the way', () => {
  it.each([
    ['oom@2', 'webui-out-of-memory'],
    // Hidden in a group of exceptions, it shows in the server's own count only.
    ['oom@2 exception-groups', 'webui-out-of-memory'],
    ['error500@2 exception-groups', 'webui-server-error'],
    ['error500@2', 'webui-server-error'],
    ['forget@2', 'webui-lost'],
    ['wrong-model@2', 'webui-wrong-reply'],
    ['interrupted@2', 'webui-interrupted'],
    ['stall@2', 'webui-timeout'],
    ['drop@2', 'webui-lost'],
  ])('%s is %s, and the same trial works when tried again', async (fault, code) => {
    const { renderer } = await start({ faults: fault.split(' ') }, { stallSeconds: 0.2 * PATIENCE });
    await renderer.open(signal);
    const before = await look(renderer, half);
    const failure: unknown = await look(renderer, half).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, kind: 'run' });
    expect(isTransient(failure)).toBe(true);
    expect(await look(renderer, half)).toBe(before);
  });

  it.each([
    ['rubbish', 'webui-bad-reply'],
    ['drop', 'webui-lost'],
  ])('%s is not tried again by itself: whoever asked counts', async (fault, code) => {
    const { simulator, renderer } = await start({ faults: [`${fault}@1`] });
    await renderer.open(signal);
    await expect(look(renderer, half)).rejects.toMatchObject({ code, retry: 'image' });
    expect(simulator.stats().requests['POST /sdapi/v1/txt2img']).toBe(1);
  });

  it('a black image is delivered: judging is the scorer’s work', async () => {
    const { renderer } = await start({ faults: ['black@1'] });
    await renderer.open(signal);
    await expect(look(renderer, half)).resolves.toMatch(/^[0-9a-f]{64}$/);
  });

  it('a restart between two renders is noticed, and event numbers are found anew', async () => {
    const { simulator, renderer } = await start();
    await renderer.open(signal);
    const a = await look(renderer, 'model-a');
    const merged = await look(renderer, half);
    simulator.restart();
    await expect(look(renderer, half)).rejects.toMatchObject({ code: 'webui-lost' });
    expect(await look(renderer, half)).toBe(merged);
    simulator.restart();
    expect(await look(renderer, 'model-a')).toBe(a);
  });

  it('a checkpoint that somebody selects is noticed by its name', async () => {
    const { simulator, renderer } = await start();
    await renderer.open(signal);
    const merged = await look(renderer, half);
    await post(simulator, '/sdapi/v1/options', { sd_model_checkpoint: 'modelC' });
    await expect(look(renderer, half)).rejects.toMatchObject({ code: 'webui-wrong-reply', field: 'model' });
    expect(await look(renderer, half)).toBe(merged);
  });

  it('an interrupt by somebody is noticed', async () => {
    // The simulated server looks for an interrupt at each of the four steps.
    const { simulator, renderer } = await start({ latencyMs: 8000 });
    await renderer.open(signal);
    const image = look(renderer, half);
    const settled = image.catch((error: unknown) => error);
    // Only a job that runs can be interrupted.
    await expect
      .poll(async () => JSON.stringify(await (await fetch(`${simulator.url}/sdapi/v1/progress`)).json()))
      .toMatch(/"job_count":[1-9]/);
    await post(simulator, '/sdapi/v1/interrupt');
    expect(await settled).toMatchObject({ code: 'webui-interrupted' });
  });
});

describe('finding the server', () => {
  it.each<[string, SimulatorOptions, Partial<A1111Options>, string]>([
    ['no --api', { api: false }, {}, 'webui-api-disabled'],
    ['no extension', { extensions: [] }, {}, 'webui-merge-way-missing'],
    ['--api-auth without a login', { auth: 'user:secret' }, {}, 'webui-auth'],
    ['--api-auth with a wrong one', { auth: 'user:secret' }, { auth: 'user:wrong' }, 'webui-auth'],
    ['--gradio-auth without a login', { gradioAuth: 'user:secret' }, {}, 'webui-auth'],
    [
      '--gradio-auth with a wrong one',
      { gradioAuth: 'user:secret' },
      { gradioAuth: 'user:no' },
      'webui-auth',
    ],
    ['an unknown model', {}, { modelB: 'modelD' }, 'webui-model-unknown'],
  ])('%s', async (_, options, over, code) => {
    const simulator = await startSimulator(options);
    const renderer = rendererOf(simulator, over);
    open.push(renderer, simulator);
    await expect(renderer.open(signal)).rejects.toMatchObject({ code, kind: 'usage' });
    await expect(renderer.open(signal)).rejects.not.toThrow(/secret/);
  });

  it('works behind both logins', async () => {
    const { renderer } = await start(
      { auth: 'user:secret', gradioAuth: 'gradio:secret' },
      { auth: 'user:secret', gradioAuth: 'gradio:secret' },
    );
    await renderer.open(signal);
    await expect(prove(renderer)).resolves.toMatchObject({ rearmed: false });
  });

  it('does not take the moment before the API is there for a server without one', async () => {
    // Its pages and its ping answer already.
    const { simulator, renderer } = await start({ faults: ['slow-start@1'] }, { apiSeconds: 60 });
    await expect(renderer.open(signal)).resolves.toMatchObject({ family: 'a1111' });
    expect(simulator.stats().requests['GET /internal/ping']).toBe(1);
  });

  it('waits for a slow start only when told to', async () => {
    const { renderer } = await start({ faults: ['slow-start@4'] });
    await expect(renderer.open(signal)).rejects.toThrow(/still starting/);
    const patient = await start({ faults: ['slow-start@4'] }, { waitSeconds: 60 });
    await expect(patient.renderer.open(signal)).resolves.toMatchObject({ family: 'a1111' });
  });
});

describe('saving and leaving', () => {
  it('saves a checkpoint that paints the same image, and never over another one', async () => {
    const { simulator, renderer } = await start();
    await renderer.open(signal);
    const merged = await look(renderer, half);
    await expect(renderer.saveCheckpoint?.(half, 'best', signal)).resolves.toMatch(/best\.safetensors$/);
    await expect(renderer.saveCheckpoint?.(half, 'modelA', signal)).rejects.toMatchObject({
      code: 'checkpoint-exists',
      kind: 'usage',
    });
    const saved = rendererOf(simulator, { modelA: 'best' });
    open.unshift(saved);
    await renderer.close();
    await post(simulator, '/sdapi/v1/refresh-checkpoints');
    await saved.open(signal);
    expect(await look(saved, 'model-a')).toBe(merged);
  });

  it('leaves no merge behind', async () => {
    const { simulator, renderer } = await start();
    await renderer.open(signal);
    const a = await look(renderer, 'model-a');
    await look(renderer, half);
    await expect(renderer.close()).resolves.toEqual([]);
    const next = rendererOf(simulator);
    open.unshift(next);
    await next.open(signal);
    expect(await look(next, 'model-a')).toBe(a);
  });
});
