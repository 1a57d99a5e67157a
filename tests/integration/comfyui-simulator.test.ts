/** The ComfyUI renderer over the simulated ComfyUI: real HTTP, a real WebSocket, real graphs. */
import { afterEach, describe, expect, it } from 'vitest';
import type { RunObserver } from '../../src/observers/observer.ts';
import { createRenderer, proveMerge } from '../../src/renderers/index.ts';
import { parseWorkflow } from '../../src/renderers/comfyui/graph/workflow-file.ts';
import type { Renderer, RendererOptions } from '../../src/renderers/index.ts';
import { defaultEnvironment } from '../../src/run/environment.ts';
import { parseFault, startSimulator } from '../../src/simulator/index.ts';
import type { Simulator } from '../../src/simulator/index.ts';
import { blocksOf } from '../../src/space/blocks.ts';
import type { Architecture, BlockWeights } from '../../src/space/blocks.ts';
import { describeRenderer } from '../contracts/renderer.contract.ts';
import { look, pixelHash, requestOf } from '../helpers/small-image.ts';
import { ITERATIONS, ofKind, searchOn, searchSimulated, startFaulty } from '../helpers/simulated-search.ts';
import type { SimulatedSetting } from '../helpers/simulated-search.ts';

const open: { close(): Promise<unknown> }[] = [];
const { signal } = new AbortController();

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(
  architecture: Architecture,
  {
    faults = [],
    files,
    comfyVersion = '0.3.64',
    ...over
  }: Partial<RendererOptions> & {
    readonly faults?: readonly string[];
    readonly files?: 'whole';
    readonly comfyVersion?: '0.3.64' | '0.27.0';
  } = {},
): Promise<{ simulator: Simulator; renderer: Renderer }> {
  const simulator = await startSimulator({
    family: 'comfyui',
    comfyVersion,
    architecture,
    ...(files !== undefined && { files }),
    faults: faults.map(parseFault),
  });
  const models = { modelA: 'modelA', modelB: 'modelB', architecture };
  const renderer = createRenderer({
    url: simulator.url,
    ...models,
    retryDelays: [0.01],
    pollSeconds: 0.02,
    ...over,
  });
  open.push(renderer, simulator);
  return { simulator, renderer };
}

/** Another weight for every block. */
function ladder(architecture: Architecture, low = 0, high = 1): BlockWeights {
  const blocks = blocksOf(architecture);
  const step = (high - low) / (blocks.length + 1);
  return Object.fromEntries(blocks.map((block, i) => [block, low + step * (i + 1)]));
}

function expectClose(actual: BlockWeights, expected: BlockWeights): void {
  const wanted = Object.entries(expected).map(
    ([block, weight]) => [block, expect.closeTo(weight, 4)] as const,
  );
  expect(actual).toEqual(Object.fromEntries(wanted));
}

describeRenderer('comfyui', async () => {
  const { simulator, renderer } = await start('sd1');
  const get = async (path: string): Promise<unknown> => (await fetch(simulator.url + path)).json();
  return {
    renderer,
    architecture: 'sd1',
    request: requestOf,
    received: () => simulator.stats().requests['POST /prompt'] ?? 0,
    takesAllAtOnce: true,
    serverState: async () => [await get('/queue'), await get('/models/checkpoints')],
    close: () => simulator.close(),
  };
});

describe('ComfyUI', () => {
  it.each([
    ['sd1', 0, 1],
    ['sd1', -1, 2],
    ['sd2', 0, 1],
    ['sdxl', 0, 1],
    ['sdxl', -1, 2],
  ] as const)('merges every block as asked: %s from %d to %d', async (architecture, low, high) => {
    const { simulator, renderer } = await start(architecture);
    const report = await renderer.open(signal);
    expect(report).toMatchObject({ family: 'comfyui', version: '0.3.64' });
    const weights = ladder(architecture, low, high);
    await look(renderer, weights);
    expectClose(simulator.position(), weights);
  });

  it('merges LABEL_EMB of SDXL where it is asked for, and leaves it at A where not', async () => {
    const { renderer } = await start('sdxl');
    await renderer.open(signal);
    const weights = ladder('sdxl');
    const atA = await look(renderer, weights);
    expect(await look(renderer, { ...weights, LABEL_EMB: 0 })).toBe(atA);
    expect(await look(renderer, { ...weights, LABEL_EMB: 1 })).not.toBe(atA);
  });

  it('proves the merge', async () => {
    const { renderer } = await start('sd1');
    await renderer.open(signal);
    const request = requestOf('proof/0', [1]);
    const proof = await proveMerge({ renderer, request, hash: pixelHash, architecture: 'sd1', signal });
    expect(proof.rearmed).toBe(false);
  });

  it.each([
    ['sdxl', 'sd1', 'sd1'],
    ['sdxl', 'sd2', 'sd1'],
    ['sd1', 'sdxl', 'sdxl'],
  ] as const)('tells %s on models of %s apart', async (asked, own, advised) => {
    const { renderer } = await start(own, { architecture: asked });
    await renderer.open(signal);
    const request = requestOf('proof/0', [1]);
    const proof = proveMerge({ renderer, request, hash: pixelHash, architecture: asked, signal });
    await expect(proof).rejects.toMatchObject({
      code: 'checkpoint-architecture',
      kind: 'usage',
      message: expect.stringContaining(`use --architecture ${advised}`),
    });
  });

  it.each([
    ['sd1', 'flux1'],
    ['sdxl', 'flux1'],
    ['flux1', 'sd1'],
  ] as const)('tells %s on models of %s apart, which have none of its blocks', async (asked, own) => {
    const { renderer } = await start(own, {
      architecture: asked,
      ...(own === 'flux1' ? { files: 'whole' } : { comfyVersion: '0.27.0' }),
    });
    await renderer.open(signal);
    const request = requestOf('proof/0', [1]);
    const given = { renderer, request, hash: pixelHash, architecture: asked, signal };
    await expect(proveMerge({ ...given, areFilesUnread: true })).rejects.toMatchObject({
      code: 'checkpoint-architecture',
      kind: 'usage',
      message: expect.stringContaining(`not of the family ${asked}: give theirs with --architecture`),
    });
  });

  it('proves SDXL, whose models lack blocks of SD 1', async () => {
    const { renderer } = await start('sdxl');
    await renderer.open(signal);
    const request = requestOf('proof/0', [1]);
    const proof = await proveMerge({ renderer, request, hash: pixelHash, architecture: 'sdxl', signal });
    expect(proof.foreign).toBe(proof.modelA);
    expect(proof.rearmed).toBe(false);
  });

  it('is recognised by what it answers, and refused where a way of A1111 is asked for', async () => {
    const { simulator } = await start('sd1');
    const renderer = createRenderer({
      url: simulator.url,
      modelA: 'modelA',
      modelB: 'modelB',
      architecture: 'sd1',
      backend: 'runtime-block-merge',
    });
    open.unshift(renderer);
    await expect(renderer.open(signal)).rejects.toMatchObject({ kind: 'usage' });
  });

  it('goes on by polling when the WebSocket is cut in the middle', async () => {
    const { renderer } = await start('sd1', { faults: ['drop@1'] });
    await renderer.open(signal);
    const cut = await look(renderer, ladder('sd1'));
    expect(await look(renderer, ladder('sd1'))).toBe(cut);
  });
});

describe('a whole search on ComfyUI', () => {
  const SHORT = {
    simulator: { family: 'comfyui', models: ['modelA', 'modelB', 'other'] },
    config: { iterations: 3 },
  } as const;
  /** What an undisturbed search finds, and how many images it fetches: searched once for all. */
  let calm: Promise<{ csv: string; viewed: number }> | undefined;
  async function searchCalmly(): Promise<{ csv: string; viewed: number }> {
    const { simulator, csv } = await searchSimulated(SHORT);
    open.push(simulator);
    return { csv, viewed: simulator.stats().requests['GET /view'] ?? Infinity };
  }

  it.each([
    'cut',
    'empty',
    'cut-picture',
    'damaged-picture',
    'endless',
    'error401',
    'error404',
    'error429',
    'retry-after',
    'error502',
    'old-picture',
  ])('loses nothing by an image that is spoilt on its way: %s', async (fault) => {
    const spoilt = await searchSimulated({ ...SHORT, faults: [`${fault}@9`] });
    open.push(spoilt.simulator);
    calm ??= searchCalmly();
    const { csv, viewed } = await calm;
    expect(spoilt.csv).toBe(csv);
    expect(spoilt.summary).toMatchObject({ reason: { code: 'iterations' }, failed: 0 });
    // Ten for the proof, the last look and the iterations, and the one that was fetched once more.
    const views = Object.entries(spoilt.simulator.stats().requests).filter(([key]) => key.includes('/view'));
    expect(views[0]?.[1]).toBeGreaterThan(viewed);
  });

  it.each([[[]], [['oom@9']], [['forget@9']], [['drop@8']]])('with %j', async (faults) => {
    const { simulator, summary, records } = await searchSimulated({
      faults,
      simulator: { family: 'comfyui', models: ['modelA', 'modelB', 'other'] },
      config: { saveBest: 'webui' },
    });
    open.push(simulator);
    expect(summary).toMatchObject({ reason: { code: 'iterations' }, failed: 0 });
    expect(records[0]).toMatchObject({ plan: { server: { family: 'comfyui' } } });
    expect(summary.checkpoint).toMatch(/checkpoints/);
  });
});

describe('a ComfyUI that goes away in the middle of a search', () => {
  it('is waited for, and the search continues', async () => {
    const setting: SimulatedSetting = {
      simulator: { family: 'comfyui', models: ['modelA', 'modelB', 'other'], latencyMs: 20 },
      renderer: { retryDelays: [0.01] },
    };
    let server = await startFaulty(setting);
    const { port } = server;
    let restarted: Promise<void> | undefined;
    const restart = async (): Promise<void> => {
      await server.close();
      // Long enough for the program to notice that nothing listens.
      await new Promise((resolve) => setTimeout(resolve, 300));
      server = await startFaulty({ ...setting, simulator: { ...setting.simulator, port } });
    };
    const killer: RunObserver = {
      name: 'killer',
      onProgress: () => {
        restarted ??= restart();
      },
    };
    const { summary, records, notices } = await searchOn([server], {
      ...setting,
      observers: [killer],
      clock: defaultEnvironment().clock,
    });
    await restarted;
    open.push(server);
    expect(notices.join('\n')).toContain('is back; the run continues');
    expect(summary).toMatchObject({ reason: { code: 'iterations' }, failed: 0 });
    expect(ofKind(records, 'scored')).toHaveLength(ITERATIONS);
  });
});

describe('a workflow with a node that ComfyUI replaces', () => {
  const sampler = (name: string, model: string): object => ({
    class_type: name,
    inputs: {
      [model]: '%model%',
      seed: '%seed%',
      steps: 4,
      cfg: 7,
      sampler_name: 'euler',
      scheduler: 'normal',
      positive: ['text', 0],
      negative: ['text', 0],
      latent_image: ['latent', 0],
      denoise: 1,
    },
  });
  const fileWith = (node: object): object => ({
    latent: { class_type: 'EmptyLatentImage', inputs: { width: 64, height: 64, batch_size: 1 } },
    text: { class_type: 'CLIPTextEncode', inputs: { text: '%prompt%', clip: '%clip%' } },
    sample: node,
    decode: { class_type: 'VAEDecode', inputs: { samples: ['sample', 0], vae: '%vae%' } },
    out: { class_type: 'SaveImage', inputs: { images: ['decode', 0], filename_prefix: 'x' } },
  });
  const kept = ['seed', 'steps', 'cfg', 'sampler_name', 'scheduler', 'positive', 'negative', 'latent_image'];

  it('gives the images of the new node, and is warned of', async () => {
    const simulator = await startSimulator({
      family: 'comfyui',
      replacements: [
        {
          old_node_id: 'SamplerOfOld',
          new_node_id: 'KSampler',
          input_mapping: [
            ...kept.map((name) => ({ new_id: name, old_id: name })),
            { new_id: 'model', old_id: 'unet' },
            { new_id: 'denoise', set_value: 1 },
          ],
          output_mapping: [{ old_idx: 0, new_idx: 0 }],
        },
      ],
    });
    const hashes: string[] = [];
    for (const node of [sampler('SamplerOfOld', 'unet'), sampler('KSampler', 'model')]) {
      const renderer = createRenderer({
        url: simulator.url,
        modelA: 'modelA',
        modelB: 'modelB',
        architecture: 'sd1',
        pollSeconds: 0.02,
        workflow: parseWorkflow(fileWith(node), 'mine.json'),
      });
      open.push(renderer);
      await renderer.open(signal);
      const warnings = (renderer.warnings?.([requestOf('look/0', [3])]) ?? []).join('\n');
      expect(warnings.includes('runs KSampler instead')).toBe('unet' in Reflect.get(node, 'inputs'));
      hashes.push(await look(renderer, ladder('sd1')));
    }
    open.push(simulator);
    expect(hashes[0]).toBe(hashes[1]);
  });
});
