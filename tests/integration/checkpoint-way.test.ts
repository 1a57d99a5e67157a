/** Merged files in the server's model folder: real safetensors on the disk, read by the simulated WebUI. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { mergeCheckpoints } from '../../src/checkpoints/merge.ts';
import { openCheckpoint } from '../../src/checkpoints/checkpoint-file.ts';
import { findAbandonedWork } from '../../src/checkpoints/work-files.ts';
import { createRenderer, proveMerge } from '../../src/renderers/index.ts';
import type { Renderer } from '../../src/renderers/index.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import type { Simulator } from '../../src/simulator/index.ts';
import { blocksOf } from '../../src/space/blocks.ts';
import type { Architecture, BlockWeights } from '../../src/space/blocks.ts';
import { describeRenderer } from '../contracts/renderer.contract.ts';
import { look, pixelHash, requestOf } from '../helpers/small-image.ts';
import { makeWorkFolder } from '../helpers/work-folder.ts';
import { endedPid } from '../helpers/ended-process.ts';

const open: { close(): Promise<unknown> }[] = [];
const { signal } = new AbortController();

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(
  architecture: Architecture,
  { backend = 'checkpoint', extension = false } = {},
): Promise<{ simulator: Simulator; renderer: Renderer; folder: string }> {
  const folder = makeWorkFolder().path;
  const simulator = await startSimulator({
    models: ['modelA', 'modelB', 'other'],
    architecture,
    extensions: extension ? ['runtime-block-merge'] : [],
    modelsDir: folder,
  });
  const common = { url: simulator.url, modelA: 'modelA', modelB: 'modelB', architecture };
  const renderer = createRenderer({
    ...common,
    backend,
    modelsDir: folder,
    retryDelays: [0.01],
    pollSeconds: 0.02,
  });
  open.push(renderer, simulator);
  return { simulator, renderer, folder };
}

/** Another weight for every block. */
function ladder(architecture: Architecture): BlockWeights {
  const blocks = blocksOf(architecture);
  return Object.fromEntries(
    blocks.map((block, i) => [block, Math.round((1000 * (i + 1)) / (blocks.length + 1)) / 1000]),
  );
}

function expectClose(actual: BlockWeights, expected: BlockWeights): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [block, weight] of Object.entries(actual)) {
    const wanted = Object.entries(expected).find(([name]) => name === block)?.[1];
    expect([block, weight]).toEqual([block, expect.closeTo(wanted ?? Number.NaN, 4)]);
  }
}

const merges = (folder: string): string[] =>
  fs.readdirSync(folder).filter((name) => name.startsWith('autombw'));

describeRenderer('a1111 with checkpoint files', async () => {
  const { simulator, renderer, folder } = await start('sd1');
  return {
    renderer,
    architecture: 'sd1',
    request: requestOf,
    received: () => simulator.stats().requests['POST /sdapi/v1/txt2img'] ?? 0,
    serverState: async () => {
      const options = await (await fetch(`${simulator.url}/sdapi/v1/options`)).json();
      // The title gains its hash at the first load, and that is all that may change.
      const selected = String((options as Record<string, unknown>)['sd_model_checkpoint']).replace(
        / \[.*/,
        '',
      );
      return { selected, files: fs.readdirSync(folder) };
    },
    close: () => simulator.close(),
  };
});

describe('every way gives the same merge', () => {
  it.each(['sd1', 'sd2', 'sdxl'] as const)(
    'files, runtime merge and native merge agree block by block: %s',
    async (architecture) => {
      const weights = ladder(architecture);
      const files = await start(architecture);
      await files.renderer.open(signal);
      const byFiles = await look(files.renderer, weights);
      expectClose(files.simulator.position(), weights);

      const runtime = await start(architecture, { backend: 'runtime-block-merge', extension: true });
      await runtime.renderer.open(signal);
      const byRuntime = await look(runtime.renderer, weights);
      expectClose(runtime.simulator.position(), weights);
      expect(byRuntime).toBe(byFiles);

      const [modelA = '', modelB = '', output = ''] = ['modelA', 'modelB', 'native'].map((name) =>
        path.join(files.folder, `${name}.safetensors`),
      );
      await mergeCheckpoints({ modelA, modelB, output, weights });
      const native = createRenderer({
        url: files.simulator.url,
        modelA: 'native',
        modelB: 'modelB',
        architecture,
        backend: 'checkpoint',
        modelsDir: files.folder,
      });
      open.unshift(native);
      await fetch(`${files.simulator.url}/sdapi/v1/refresh-checkpoints`, { method: 'POST' });
      await native.open(signal);
      expect(await look(native, 'model-a')).toBe(byFiles);
      const saved = await native.saveCheckpoint?.(weights, 'saved', signal);
      expect(saved).toBe(path.join(files.folder, 'saved.safetensors'));
    },
  );

  it('proves the merge', async () => {
    const { renderer } = await start('sd1');
    await renderer.open(signal);
    const proof = await proveMerge({
      renderer,
      request: requestOf('proof/0', [1]),
      hash: pixelHash,
      architecture: 'sd1',
      signal,
    });
    expect(proof.rearmed).toBe(false);
  });
});

describe('the work files', () => {
  it('are two at most, never have a name twice, and are gone at the end', async () => {
    const { simulator, renderer, folder } = await start('sd1');
    await renderer.open(signal);
    const names = new Set<string>();
    for (let i = 1; i <= 6; i++) {
      const weights = { ...ladder('sd1'), IN05: i / 10 };
      await look(renderer, weights);
      expectClose(simulator.position(), weights);
      for (const name of merges(folder)) names.add(name);
      expect(merges(folder).length).toBeLessThanOrEqual(2);
    }
    expect(names.size).toBe(6);
    expect(await renderer.close()).toEqual([]);
    expect(merges(folder)).toEqual([]);
  });

  it('cost four requests a trial', async () => {
    const { simulator, renderer } = await start('sd1');
    await renderer.open(signal);
    await look(renderer, ladder('sd1'));
    const before = simulator.stats().requests;
    await look(renderer, { ...ladder('sd1'), OUT: 0.25 });
    const after = simulator.stats().requests;
    const made = Object.entries(after).flatMap(([key, count]) => {
      const more = count - (before[key] ?? 0);
      return more > 0 && !/txt2img|progress|app_id/.test(key) ? [[key, more] as const] : [];
    });
    expect(new Map(made)).toEqual(
      new Map([
        // Before the image, and behind it: nothing in a reply tells of settings that somebody has changed meanwhile.
        ['GET /sdapi/v1/options', 2],
        ['POST /sdapi/v1/options', 1],
        ['POST /sdapi/v1/refresh-checkpoints', 1],
      ]),
    );
  });

  it('of killed runs are told from those of living ones', async () => {
    const { folder, renderer } = await start('sd1');
    await renderer.open(signal);
    await look(renderer, ladder('sd1'));
    const [living = ''] = merges(folder);
    expect(findAbandonedWork(folder)).toEqual([]);
    const dead = living.replace(/-\d+-([0-9a-f]{8}-\d+\.safetensors)$/, `-${endedPid()}-$1`);
    fs.copyFileSync(path.join(folder, living), path.join(folder, dead));
    expect(findAbandonedWork(folder)).toEqual([path.join(folder, dead)]);
  });

  it('survive no restart of the server: the merge is written anew', async () => {
    const { simulator, renderer, folder } = await start('sd1');
    await renderer.open(signal);
    const before = await look(renderer, ladder('sd1'));
    simulator.restart();
    await expect(look(renderer, ladder('sd1'))).rejects.toThrow(/another model|restarted/);
    expect(await look(renderer, ladder('sd1'))).toBe(before);
    expect(merges(folder).length).toBe(1);
  });
});

describe('a folder that is not the server’s', () => {
  it('is named', async () => {
    const { simulator } = await start('sd1');
    const elsewhere = makeWorkFolder().path;
    const renderer = createRenderer({
      url: simulator.url,
      modelA: 'modelA',
      modelB: 'modelB',
      architecture: 'sd1',
      backend: 'checkpoint',
      modelsDir: elsewhere,
    });
    open.unshift(renderer);
    await expect(renderer.open(signal)).rejects.toThrow(
      `The folder in --models-dir, ${elsewhere}, does not contain modelA.safetensors`,
    );
  });
});

describe('models that no merge can use', () => {
  /** Overwrites the first bytes of a tensor. */
  function spoil(file: string, bytes: Uint8Array): string {
    const { tensors, dataStart } = openCheckpoint(file);
    const tensor = tensors.find(({ name, dtype }) => name.includes('input_blocks') && dtype.name === 'F32');
    if (tensor === undefined) throw new Error('a tensor of float32 was expected');
    const handle = fs.openSync(file, 'r+');
    fs.writeSync(handle, bytes, 0, bytes.length, dataStart + tensor.begin);
    fs.closeSync(handle);
    return tensor.name;
  }
  const NAN = Buffer.from(Float32Array.of(NaN).buffer);

  it('are refused before anything is drawn, and the WebUI is left as it was', async () => {
    const { simulator, renderer, folder } = await start('sd1');
    const file = path.join(folder, 'modelB.safetensors');
    const name = spoil(file, NAN);
    await expect(renderer.open(signal)).rejects.toMatchObject({
      code: 'checkpoint-not-finite',
      message: expect.stringContaining(`${file} holds numbers that are not finite: 1 NaN in "${name}"`),
    });
    expect(simulator.stats().requests['POST /sdapi/v1/txt2img']).toBeUndefined();
    expect(merges(folder)).toEqual([]);
  });

  it('and what else is wrong with them is said', async () => {
    const { renderer, folder } = await start('sd1');
    fs.rmSync(path.join(folder, 'modelB.safetensors'));
    fs.linkSync(path.join(folder, 'modelA.safetensors'), path.join(folder, 'modelB.safetensors'));
    await renderer.open(signal);
    expect(renderer.warnings?.([])).toContainEqual(expect.stringContaining('are the same file'));
  });
});

describe('a run that follows a killed one', () => {
  it('finds the dead work file selected, removes it, and has nothing to restore', async () => {
    const { simulator, renderer, folder } = await start('sd1');
    await renderer.open(signal);
    await look(renderer, ladder('sd1'));
    const [work = ''] = merges(folder);
    const dead = work.replace(/-\d+-([0-9a-f]{8}-\d+\.safetensors)$/, `-${endedPid()}-$1`);
    fs.copyFileSync(path.join(folder, work), path.join(folder, dead));
    await renderer.close();
    const post = async (route: string, body?: unknown): Promise<unknown> =>
      fetch(simulator.url + route, {
        method: 'POST',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    await post('/sdapi/v1/refresh-checkpoints');
    await post('/sdapi/v1/options', { sd_model_checkpoint: dead });

    const next = createRenderer({
      url: simulator.url,
      modelA: 'modelA',
      modelB: 'modelB',
      architecture: 'sd1',
      backend: 'checkpoint',
      modelsDir: folder,
    });
    open.unshift(next);
    await next.open(signal);
    await look(next, ladder('sd1'));
    expect(merges(folder)).not.toContain(dead);
    expect(await next.close()).toEqual([]);
    expect(merges(folder)).toEqual([]);
  });
});
