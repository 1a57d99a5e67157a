/** The backends of A1111 beside runtime-block-merge, over the simulated WebUI with their extensions. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRenderer, isTransient, proveMerge } from '../../src/renderers/index.ts';
import type { A1111Options, RenderJob, Renderer } from '../../src/renderers/index.ts';
import { decodeImage, hashPixels } from '../../src/images/decode.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/index.ts';
import { uniformWeights } from '../../src/space/blocks.ts';
import { SEARCH_ORDER } from '../../src/architectures/sd-lists.ts';
import type { BlockName, BlockWeights } from '../../src/space/blocks.ts';
import type { ImageRequest } from '../../src/types.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { describeRenderer } from '../contracts/renderer.contract.ts';

const open: { close(): Promise<unknown> }[] = [];
const { signal } = new AbortController();

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** Along the way from model A to model B, so that its weights can be compared with those of a merge. */
const LORA = { name: 'towardsB', unet: 'modelB' };
const CHECKPOINT_WAYS = ['runtime-block-merge', 'model-mixer', 'bayesian-merger'];
const WAYS = [...CHECKPOINT_WAYS, 'lora-block-weight'];
const half = uniformWeights(0.5, 'sd1');

function requestOf(id: string, seeds: readonly number[]): ImageRequest {
  const prompt = 'green hills at dawn';
  const size = { width: 64, height: 64, steps: 4, cfg_scale: 7, sampler_name: 'Euler' };
  return {
    id,
    payload: 'hills',
    prompt,
    negativePrompt: '',
    reverseScoring: false,
    seeds,
    body: { prompt, seed: seeds[0], batch_size: seeds.length, n_iter: 1, ...size },
  };
}

function rendererOf({ url }: Simulator, backend: string, over: Partial<A1111Options> = {}): Renderer {
  return createRenderer({
    url,
    backend,
    modelA: 'modelA',
    modelB: backend === 'lora-block-weight' ? 'towardsB' : 'modelB',
    architecture: 'sd1',
    retryDelays: [0.01],
    pollSeconds: 0.02,
    ...over,
  });
}

const simulate = async (backend: string, over: SimulatorOptions = {}): Promise<Simulator> =>
  startSimulator({ extensions: [backend], loras: [LORA], ...over });

async function start(
  backend: string,
  over: SimulatorOptions = {},
): Promise<{ simulator: Simulator; renderer: Renderer }> {
  const simulator = await simulate(backend, over);
  const renderer = rendererOf(simulator, backend);
  open.push(renderer, simulator);
  return { simulator, renderer };
}

async function look(renderer: Renderer, weights: RenderJob['weights']): Promise<string> {
  for await (const { bytes } of renderer.render({ weights, requests: [requestOf('look/0', [3])] }, signal)) {
    return hashPixels(await decodeImage(bytes));
  }
  throw new Error('no image');
}

async function post({ url }: Simulator, path: string, body: unknown): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).status;
}

const select = async (simulator: Simulator, checkpoint: string): Promise<number> =>
  post(simulator, '/sdapi/v1/options', { sd_model_checkpoint: checkpoint });

async function selectedOn({ url }: Simulator): Promise<unknown> {
  const options = (await (await fetch(`${url}/sdapi/v1/options`)).json()) as Record<string, unknown>;
  return options['sd_model_checkpoint'];
}

for (const backend of WAYS.slice(1)) {
  describeRenderer(`a1111 with ${backend}`, async () => {
    const models = ['modelA', 'modelB', 'other'];
    const simulator = await simulate(backend, { models });
    await select(simulator, 'other');
    return {
      renderer: rendererOf(simulator, backend),
      architecture: 'sd1',
      request: requestOf,
      received: () => simulator.stats().requests['POST /sdapi/v1/txt2img'] ?? 0,
      serverState: () => selectedOn(simulator),
      close: () => simulator.close(),
    };
  });
}

describe('the proof', () => {
  it.each(WAYS)('is given to %s', async (backend) => {
    const { renderer } = await start(backend);
    await renderer.open(signal);
    const proof = proveMerge({
      renderer,
      request: requestOf('proof/0', [1]),
      hash: async (bytes) => hashPixels(await decodeImage(bytes)),
      architecture: 'sd1',
      signal,
    });
    await expect(proof).resolves.toMatchObject({ rearmed: false });
  });
});

describe('the same weights in every way', () => {
  /** A weight of its own for each block, except those that some way ties to another or leaves out. */
  const distinct = (same: readonly BlockName[], shared: number, absent: readonly BlockName[]): BlockWeights =>
    Object.fromEntries(
      SEARCH_ORDER.map((block, i) => [
        block,
        absent.includes(block) ? 0 : same.includes(block) ? shared : (i + 1) / 100,
      ]),
    );

  it('model-mixer, bayesian-merger and runtime-block-merge leave the same model in memory', async () => {
    const weights = distinct(['IN00', 'TIME_EMBED', 'OUT', 'OUT11'], 0.77, []);
    expect(new Set(Object.values(weights)).size).toBe(24);
    const images = new Set<string>();
    for (const backend of CHECKPOINT_WAYS) {
      const { simulator, renderer } = await start(backend);
      await renderer.open(signal);
      images.add(await look(renderer, weights));
      const position = simulator.position();
      for (const block of SEARCH_ORDER) {
        expect([backend, block, position[block]]).toEqual([
          backend,
          block,
          expect.closeTo(weights[block] ?? -1, 5),
        ]);
      }
    }
    expect(images.size).toBe(1);
  });

  it('a LoRA paints as they do, where only its blocks move', async () => {
    const absent: readonly BlockName[] = [
      'IN00',
      'IN03',
      'IN06',
      'IN09',
      'IN10',
      'IN11',
      'OUT',
      'OUT00',
      'OUT01',
      'OUT02',
      'OUT11',
      'TIME_EMBED',
    ];
    const weights = distinct([], 0, absent);
    expect(new Set(Object.values(weights)).size).toBe(16);
    const images = new Set<string>();
    for (const backend of WAYS) {
      const { renderer } = await start(backend);
      await renderer.open(signal);
      images.add(await look(renderer, weights));
    }
    expect(images.size).toBe(1);
  });

  it.each(WAYS)('%s: every block that it ties or fixes is as it says', async (backend) => {
    const { renderer } = await start(backend);
    await renderer.open(signal);
    const { tied, fixed } = renderer.capabilities;
    const zero = await look(renderer, uniformWeights(0, 'sd1'));
    for (const block of [...Object.keys(tied), ...Object.keys(fixed)]) {
      expect(await look(renderer, { ...uniformWeights(0, 'sd1'), [block]: 1 })).toBe(zero);
    }
  });
});

describe('failures on the way', () => {
  it.each(WAYS)('%s: a restart is noticed, and the same trial works again', async (backend) => {
    const { simulator, renderer } = await start(backend);
    await renderer.open(signal);
    const merged = await look(renderer, half);
    simulator.restart();
    const failure: unknown = await look(renderer, half).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'webui-lost' });
    expect(isTransient(failure)).toBe(true);
    expect(await look(renderer, half)).toBe(merged);
  });

  it.each(['bayesian-merger', 'lora-block-weight'])(
    '%s: a checkpoint that somebody selects is noticed by its name',
    async (backend) => {
      const { simulator, renderer } = await start(backend);
      await renderer.open(signal);
      const merged = await look(renderer, half);
      await select(simulator, 'modelC');
      await expect(look(renderer, half)).rejects.toMatchObject({ code: 'webui-wrong-reply', field: 'model' });
      expect(await look(renderer, half)).toBe(merged);
    },
  );

  it('model-mixer names both models each time: a checkpoint that somebody selects does not matter', async () => {
    const { simulator, renderer } = await start('model-mixer');
    await renderer.open(signal);
    const merged = await look(renderer, half);
    await select(simulator, 'modelC');
    expect(await look(renderer, half)).toBe(merged);
  });

  it('model-mixer broken by somebody else’s BASE: an error each time, and no image, until the restart', async () => {
    const { simulator, renderer } = await start('model-mixer');
    await renderer.open(signal);
    const merged = await look(renderer, half);
    const theirs = ['modelB', 'None', 'None', 'Sum', 'Sum', 'Sum', 0.5, 0.5, 0.5, true, true, true, ['ALL']];
    const weights = ['1', ...Array.from({ length: 25 }, () => '0.5')].join(',');
    const args = [true, 'modelA', 'None', 3, '', { save_settings: [] }, true, false, false, ...theirs];
    const script = { args: [...args, [], [], [], [], [], weights] };
    const body = { ...requestOf('theirs', [1]).body, alwayson_scripts: { 'model mixer': script } };
    expect(await post(simulator, '/sdapi/v1/txt2img', body)).toBe(500);
    for (let i = 0; i < 2; i++) {
      await expect(look(renderer, half)).rejects.toMatchObject({ code: 'webui-server-error' });
    }
    simulator.restart();
    expect(await look(renderer, half)).toBe(merged);
  });

  it('bayesian-merger reads the files once for all requests of a trial', async () => {
    const { simulator, renderer } = await start('bayesian-merger');
    await renderer.open(signal);
    const requests = [1, 2, 3].map((seed) => requestOf(`a/${seed}`, [seed]));
    const images: unknown[] = [];
    for await (const image of renderer.render({ weights: half, requests }, signal)) images.push(image);
    await look(renderer, half);
    expect(images).toHaveLength(3);
    expect(simulator.stats().requests['POST /bbwm/merge-models']).toBe(1);
  });
});

describe('what others have left', () => {
  it.each(['bayesian-merger', 'model-mixer'])('%s clears away a merge of its own kind', async (backend) => {
    const { simulator, renderer } = await start(backend);
    const a = await (async () => {
      const { renderer: fresh } = await start(backend);
      await fresh.open(signal);
      return look(fresh, 'model-a');
    })();
    const stranger = rendererOf(simulator, backend);
    await stranger.open(signal);
    await look(stranger, uniformWeights(1, 'sd1'));
    await renderer.open(signal);
    expect(await look(renderer, 'model-a')).toBe(a);
    expect(await look(renderer, uniformWeights(0, 'sd1'))).toBe(a);
  });

  it('a merge of model-mixer that was selected before is not selected again, for no file holds it', async () => {
    const { simulator, renderer } = await start('model-mixer');
    // Of another machine: what it has found there is not known here.
    vi.stubEnv('AUTOMBW_CACHE', temporaryFolder('elsewhere'));
    const stranger = rendererOf(simulator, 'model-mixer');
    await stranger.open(signal);
    vi.unstubAllEnvs();
    await look(stranger, uniformWeights(1, 'sd1'));
    await renderer.open(signal);
    const a = await look(renderer, 'model-a');
    await expect(renderer.close()).resolves.toEqual([expect.stringContaining('is not saved in a file')]);
    const next = rendererOf(simulator, 'model-mixer');
    open.unshift(next);
    await next.open(signal);
    expect(await look(next, 'model-a')).toBe(a);
  });
});

describe('auto', () => {
  it.each([
    [['bayesian-merger', 'model-mixer', 'runtime-block-merge'], 'modelB', 'runtime-block-merge'],
    [['bayesian-merger', 'model-mixer', 'lora-block-weight'], 'modelB', 'model-mixer'],
    [['bayesian-merger', 'lora-block-weight'], 'modelB', 'bayesian-merger'],
    [['runtime-block-merge', 'lora-block-weight'], 'towardsB', 'lora-block-weight'],
  ])('%s and %s: %s', async (extensions, modelB, way) => {
    const simulator = await startSimulator({ extensions, loras: [LORA] });
    const renderer = rendererOf(simulator, 'auto', { modelB });
    open.push(renderer, simulator);
    await expect(renderer.open(signal)).resolves.toMatchObject({ mergeWay: way });
  });

  it('leaves SDXL to the way that is known to merge it', async () => {
    const simulator = await startSimulator({ extensions: ['model-mixer'], architecture: 'sdxl' });
    const renderer = rendererOf(simulator, 'auto', { architecture: 'sdxl' });
    open.push(renderer, simulator);
    await expect(renderer.open(signal)).rejects.toMatchObject({
      code: 'webui-merge-way-missing',
      kind: 'usage',
    });
  });
});
