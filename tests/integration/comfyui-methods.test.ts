/** Merge methods of several models by ComfyUI's own nodes: real graphs over the simulated ComfyUI, compared with files that autombw has merged. */
import fs from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { createRenderer, proveMerge } from '../../src/renderers/index.ts';
import type { Renderer, RendererOptions } from '../../src/renderers/index.ts';
import { startSimulator, type Simulator } from '../../src/simulator/index.ts';
import { blocksOf, type BlockWeights } from '../../src/space/blocks.ts';
import { methodValue } from '../../src/checkpoints/searched-merge.ts';
import { verifyRun } from '../../src/run/verify/verify-run.ts';
import { temporaryFolder } from '../helpers/run-search.ts';
import { ofKind, resumeOn, searchOn, startFaulty } from '../helpers/simulated-search.ts';
import { look, pixelHash, requestOf } from '../helpers/small-image.ts';

const open: { close(): Promise<unknown> }[] = [];
const { signal } = new AbortController();
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const MODELS = ['modelA', 'modelB', 'modelC', 'modelD'];

async function start(): Promise<{ simulator: Simulator; folder: string }> {
  const folder = temporaryFolder();
  const simulator = await startSimulator({ family: 'comfyui', models: MODELS, modelsDir: folder });
  open.push(simulator);
  return { simulator, folder };
}

function rendererOn({ url }: Simulator, over: Partial<RendererOptions>): Renderer {
  const renderer = createRenderer({
    url,
    modelA: 'modelA',
    modelB: 'modelB',
    architecture: 'sd1',
    retryDelays: [0.01],
    pollSeconds: 0.02,
    ...over,
  });
  open.unshift(renderer);
  return renderer;
}

/** Another weight for every block. */
function ladder(low: number, high: number): BlockWeights {
  const blocks = blocksOf('sd1');
  return Object.fromEntries(
    blocks.map((block, i) => [block, low + ((high - low) * i) / (blocks.length - 1)]),
  );
}

const method = (name: string): BlockWeights => ({ 'merge:method': methodValue(name) });

describe('methods by nodes', () => {
  it.each([
    ['shares', 'multi-sum', { ...ladder(0, 0.5), 'multi-sum:c': 0.25, 'multi-sum:d@OUT*': 0.2 }],
    [
      'shares beyond 0 and 1',
      'multi-sum',
      { ...ladder(-1, 2), 'multi-sum:c': 1.5, 'multi-sum:d@OUT*': -0.7 },
    ],
    ['parts of a difference', 'add-difference', ladder(0, 1)],
    ['more than the difference, B as the base', 'add-difference', { ...ladder(-1, 2), 'merge:order': 1 }],
    ['two models, B as the base', 'weighted-sum', { ...ladder(-1, 2), 'merge:order': 1 }],
  ])('give the images of the file that autombw merges: %s', async (_label, name, named) => {
    const { simulator, folder } = await start();
    const settings = {
      methods: ['multi-sum', 'add-difference', 'weighted-sum'],
      others: ['modelC', 'modelD'],
    };
    const nodes = rendererOn(simulator, settings);
    const files = rendererOn(simulator, { ...settings, backend: 'checkpoint', modelsDir: folder });
    expect((await nodes.open(signal)).mergeWay).toBe('comfyui');
    expect((await files.open(signal)).mergeWay).toBe('checkpoint');
    const weights = { ...named, ...method(name) };
    const image = await look(nodes, weights);
    expect(image).toBe(await look(files, weights));
    expect(image).not.toBe(await look(files, { ...weights, ...method('slerp') }));
  });

  it.each(['chroma', 'flux1'])(
    'merge transformers too, over every node that it takes: %s',
    async (architecture) => {
      const folder = temporaryFolder();
      const simulator = await startSimulator({
        family: 'comfyui',
        models: MODELS,
        modelsDir: folder,
        architecture,
      });
      open.push(simulator);
      const settings = {
        architecture,
        methods: ['multi-sum', 'add-difference'],
        others: ['modelC', 'modelD'],
      };
      const nodes = rendererOn(simulator, { ...settings, backend: 'comfyui' });
      const files = rendererOn(simulator, { ...settings, backend: 'checkpoint', modelsDir: folder });
      await nodes.open(signal);
      await files.open(signal);
      const blocks = blocksOf(architecture);
      // What the nodes cannot move stays model A's, in the file too.
      const weights = Object.fromEntries(
        blocks.map((block, n) => [block, nodes.capabilities.free.includes(block) ? (n % 5) / 4 : 0]),
      );
      for (const own of [
        { ...method('multi-sum'), 'multi-sum:c': 0, 'multi-sum:d@*.1': 0.75 },
        method('add-difference'),
      ]) {
        const image = await look(nodes, { ...weights, ...own });
        expect(image).toBe(await look(files, { ...weights, ...own }));
        expect(image).not.toBe(await look(files, weights));
      }
      const { parameters = [] } = nodes.capabilities;
      expect(parameters.map(({ name }) => name)).toEqual(['merge:method', 'multi-sum:c', 'multi-sum:d']);
    },
  );

  it('of a weight for a whole model are refused where nodes leave blocks alone, but not shares', async () => {
    const simulator = await startSimulator({ family: 'comfyui', models: MODELS, architecture: 'anima' });
    open.push(simulator);
    const sum = { architecture: 'anima', methods: ['multi-sum'], others: ['modelC'], backend: 'comfyui' };
    await expect(rendererOn(simulator, sum).open(signal)).rejects.toThrow(
      'cannot give pos_embedder its own weight, which multi-sum with separate weights for further models needs: search with --shares',
    );
    const shared = rendererOn(simulator, { ...sum, shares: true });
    expect((await shared.open(signal)).mergeWay).toBe('comfyui');
  });

  it('are proved by the image of every model', async () => {
    const { simulator } = await start();
    const nodes = rendererOn(simulator, {
      methods: ['add-difference', 'multi-sum'],
      others: ['modelC', 'modelD'],
    });
    await nodes.open(signal);
    const request = requestOf('proof/0', [1]);
    const proof = await proveMerge({
      renderer: nodes,
      request,
      hash: pixelHash,
      architecture: 'sd1',
      signal,
    });
    const witnesses = Object.keys(proof.witnesses ?? {});
    expect(witnesses).toEqual([
      'B minus C at weight 1 (add-difference)',
      'model C (modelC) at weight 1',
      'model D (modelD) at weight 1',
    ]);
    expect(proof.rearmed).toBe(false);
    expect(nodes.capabilities.known).toMatchObject({ 'merge:method': methodValue('multi-sum') });
  });

  it('are not proved where a further model adds nothing', async () => {
    const { simulator } = await start();
    const nodes = rendererOn(simulator, { methods: ['multi-sum'], others: ['modelC', 'modelB'] });
    await nodes.open(signal);
    const request = requestOf('proof/0', [1]);
    await expect(
      proveMerge({ renderer: nodes, request, hash: pixelHash, architecture: 'sd1', signal }),
    ).rejects.toThrow('model D (modelB) at weight 1 gives the same image as model B');
  });

  it('refuse what is no sum of models, and models that the server does not have, unless there are files', async () => {
    const { simulator, folder } = await start();
    const train = { methods: ['train-difference'], others: ['modelC'] };
    await expect(rendererOn(simulator, { ...train, backend: 'comfyui' }).open(signal)).rejects.toThrow(
      "ComfyUI's nodes support weighted-sum, add-difference, multi-sum, but not train-difference: use --backend checkpoint with --models-dir.",
    );
    await expect(rendererOn(simulator, { ...train, backend: 'checkpoint' }).open(signal)).rejects.toThrow(
      'Only merged files support the method train-difference. Merged files work with any ComfyUI: give the model folder',
    );
    expect((await rendererOn(simulator, { ...train, modelsDir: folder }).open(signal)).mergeWay).toBe(
      'checkpoint',
    );
    const gone = { methods: ['add-difference'], others: ['modelX'] };
    await expect(rendererOn(simulator, { ...gone, backend: 'comfyui' }).open(signal)).rejects.toMatchObject({
      code: 'webui-model-unknown',
      message: expect.stringMatching('"modelX" is not a checkpoint in ComfyUI'),
    });
    await expect(rendererOn(simulator, gone).open(signal)).rejects.toThrow(
      /"modelX" is not a checkpoint in ComfyUI.*with --models-dir/,
    );
  });
});

describe('a search by nodes', () => {
  it('tries methods of two and of three models, and goes on as it would have', async () => {
    const simulator = await startFaulty({ simulator: { family: 'comfyui', models: MODELS } });
    open.push(simulator);
    const setting = {
      renderer: { methods: ['weighted-sum', 'add-difference'], others: ['modelC'] },
      config: {
        modelC: 'modelC',
        search: { method: ['weighted-sum', 'add-difference'] },
        testGrouping: 12,
        iterations: 5,
      },
    };
    const { records, summary } = await searchOn([simulator], setting);
    expect(summary).toMatchObject({ iterations: 5, failed: 0 });
    const tried = new Set(ofKind(records, 'asked').map(({ weights }) => weights['merge:method']));
    expect([...tried].toSorted((x = 0, y = 0) => x - y)).toEqual([
      methodValue('weighted-sum'),
      methodValue('add-difference'),
    ]);
    const more = { ...setting.config, output: 'P', iterations: 8 };
    const whole = await searchOn([simulator], { ...setting, config: more });
    const rest = await resumeOn([simulator], summary.files['journal'] ?? '', {
      ...setting,
      config: { iterations: 8 },
    });
    expect(rest.csv).toBe(whole.csv);
  });
});

describe('a search of shares', () => {
  it('keeps the weights of every model by block, all told at most 1, and goes on as it would have', async () => {
    const simulator = await startFaulty({ simulator: { family: 'comfyui', models: MODELS } });
    open.push(simulator);
    const setting = {
      renderer: { methods: ['multi-sum'], others: ['modelC', 'modelD'] },
      config: {
        method: 'multi-sum',
        modelC: 'modelC',
        model: ['modelD'],
        shares: true,
        testGrouping: 12,
        iterations: 4,
        baselines: true,
      },
    };
    const { records, summary } = await searchOn([simulator], setting);
    expect(summary).toMatchObject({ iterations: 4, failed: 0 });
    const tried = ofKind(records, 'asked')
      .map(({ weights }) => weights)
      .slice(-4);
    for (const weights of tried) {
      const ofBlock = (block: string): number[] =>
        ['', 'multi-sum:c@', 'multi-sum:d@'].map((model) => weights[model + block] ?? Number.NaN);
      for (const block of blocksOf('sd1')) {
        expect(Math.min(...ofBlock(block))).toBeGreaterThanOrEqual(0);
        expect(ofBlock(block).reduce((sum, weight) => sum + weight, 0)).toBeLessThan(1 + 1e-12);
      }
    }
    expect(new Set(tried.map((weights) => weights['multi-sum:d@M00'])).size).toBeGreaterThan(1);
    const header = fs.readFileSync(summary.files['csv'] ?? '', 'utf8').split('\n')[0];
    expect(header).toContain('multi-sum:d@OUT11');
    const more = { ...setting.config, output: 'P', iterations: 7 };
    const whole = await searchOn([simulator], { ...setting, config: more });
    const rest = await resumeOn([simulator], summary.files['journal'] ?? '', {
      ...setting,
      config: { iterations: 7 },
    });
    expect(rest.csv).toBe(whole.csv);
    const journal = rest.summary.files['journal'] ?? '';
    expect(await verifyRun({ journal, signal })).toMatchObject({
      isRight: true,
      checks: expect.arrayContaining([expect.objectContaining({ name: 'asks', state: 'right' })]),
    });
  });
});
