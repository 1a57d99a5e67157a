/** Merged files in ComfyUI's model folder: real safetensors on the disk, loaded by the simulated ComfyUI. */
import { once } from 'node:events';
import fs from 'node:fs';
import http, { createServer } from 'node:http';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { findAbandonedWork } from '../../src/checkpoints/work-files.ts';
import { createRenderer, examineServer, proveMerge } from '../../src/renderers/index.ts';
import type { Renderer, RendererOptions } from '../../src/renderers/index.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import type { Simulator } from '../../src/simulator/index.ts';
import { blocksOf, uniformWeights } from '../../src/space/blocks.ts';
import type { Architecture, BlockWeights } from '../../src/space/blocks.ts';
import { describeRenderer } from '../contracts/renderer.contract.ts';
import { endedPid } from '../helpers/ended-process.ts';
import { temporaryFolder } from '../helpers/run-search.ts';
import { ITERATIONS, ofKind, resumeOn, searchOn, startFaulty } from '../helpers/simulated-search.ts';
import { look, pixelHash, requestOf } from '../helpers/small-image.ts';

const open: { close(): Promise<unknown> }[] = [];
const { signal } = new AbortController();
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

interface Started {
  readonly simulator: Simulator;
  readonly renderer: Renderer;
  readonly folder: string;
}

async function start(architecture: Architecture, over: Partial<RendererOptions> = {}): Promise<Started> {
  const folder = temporaryFolder();
  const simulator = await startSimulator({
    family: 'comfyui',
    models: ['modelA', 'modelB', 'other'],
    architecture,
    modelsDir: folder,
  });
  const renderer = rendererOn(simulator, { architecture, modelsDir: folder, ...over });
  open.push(simulator);
  return { simulator, renderer, folder };
}

function rendererOn({ url }: Simulator, over: Partial<RendererOptions>): Renderer {
  const renderer = createRenderer({
    url,
    modelA: 'modelA',
    modelB: 'modelB',
    architecture: 'sd1',
    backend: 'checkpoint',
    retryDelays: [0.01],
    pollSeconds: 0.02,
    ...over,
  });
  open.unshift(renderer);
  return renderer;
}

/** Another weight for every block. */
function ladder(architecture: Architecture, low = 0, high = 1): BlockWeights {
  const blocks = blocksOf(architecture);
  const step = (high - low) / (blocks.length + 1);
  return Object.fromEntries(blocks.map((block, i) => [block, low + step * (i + 1)]));
}

function expectClose(actual: BlockWeights, expected: BlockWeights): void {
  const wanted = Object.entries(expected).map(
    ([block, weight]) => [block, expect.closeTo(weight, 3)] as const,
  );
  expect(actual).toEqual(Object.fromEntries(wanted));
}

const merges = (folder: string): string[] =>
  fs.readdirSync(folder).filter((name) => name.startsWith('autombw'));

describeRenderer('comfyui with merged files', async () => {
  const { simulator, renderer, folder } = await start('sd1');
  return {
    renderer,
    architecture: 'sd1',
    request: requestOf,
    received: () => simulator.stats().requests['POST /prompt'] ?? 0,
    takesAllAtOnce: true,
    serverState: async () => [
      await (await fetch(`${simulator.url}/queue`)).json(),
      fs.readdirSync(folder).toSorted(),
    ],
    close: () => simulator.close(),
  };
});

describe('the way with merged files', () => {
  it.each([
    ['sd1', 0, 1],
    ['sd2', -1, 2],
    ['sdxl', 0, 1],
  ] as const)('merges every block as asked: %s from %d to %d', async (architecture, low, high) => {
    const { simulator, renderer } = await start(architecture);
    const report = await renderer.open(signal);
    expect(report).toMatchObject({ family: 'comfyui', mergeWay: 'checkpoint' });
    expect(renderer.name).toMatch(/^checkpoint on ComfyUI at /);
    const weights = ladder(architecture, low, high);
    await look(renderer, weights);
    expectClose(simulator.position(), weights);
  });

  it('gives the images of the merge by nodes, and of model A without a merge', async () => {
    const { simulator, renderer, folder } = await start('sd1');
    const nodes = rendererOn(simulator, { backend: 'auto', modelsDir: folder });
    await renderer.open(signal);
    expect((await nodes.open(signal)).mergeWay).toBe('comfyui');
    const weights = { ...ladder('sd1'), ...Object.fromEntries(blocksOf('sd1').map((block) => [block, 0.5])) };
    expect(await look(renderer, weights)).toBe(await look(nodes, weights));
    expect(await look(renderer, 'model-a')).toBe(await look(nodes, 'model-a'));
  });

  it('is proved, and keeps a merge', async () => {
    const { renderer, folder } = await start('sd1');
    await renderer.open(signal);
    const request = requestOf('proof/0', [1]);
    const proof = await proveMerge({ renderer, request, hash: pixelHash, architecture: 'sd1', signal });
    expect(proof.rearmed).toBe(false);
    const saved = path.join(folder, 'saved.safetensors');
    expect(await renderer.saveCheckpoint?.(ladder('sd1'), 'saved', signal)).toBe(saved);
    await expect(renderer.saveCheckpoint?.(ladder('sd1'), 'saved', signal)).rejects.toMatchObject({
      code: 'checkpoint-exists',
    });
    expect(await renderer.close()).toEqual([]);
    expect(fs.existsSync(saved)).toBe(true);
  });
});

describe('the work files', () => {
  it('are two at most, never have a name twice, and the server lets go of them at the end', async () => {
    const { simulator, renderer, folder } = await start('sd1');
    await renderer.open(signal);
    const names = new Set<string>();
    for (let i = 1; i <= 5; i++) {
      const weights = { ...ladder('sd1'), IN05: i / 10 };
      await look(renderer, weights);
      expectClose(simulator.position(), weights);
      for (const name of merges(folder)) names.add(name);
      expect(merges(folder).length).toBeLessThanOrEqual(2);
    }
    expect(names.size).toBe(5);
    expect(simulator.stats().requests['POST /free']).toBeUndefined();
    expect(await renderer.close()).toEqual([]);
    expect(simulator.stats().requests['POST /free']).toBe(1);
    expect(merges(folder)).toEqual([]);
  });

  it('of a killed run are deleted by the next one', async () => {
    const { simulator, renderer, folder } = await start('sd1');
    await renderer.open(signal);
    await look(renderer, ladder('sd1'));
    const [living = ''] = merges(folder);
    const dead = living.replace(/-\d+-([0-9a-f]{8}-\d+\.safetensors)$/, `-${endedPid()}-$1`);
    fs.copyFileSync(path.join(folder, living), path.join(folder, dead));
    expect(findAbandonedWork(folder)).toEqual([path.join(folder, dead)]);
    const next = rendererOn(simulator, { modelsDir: folder });
    await next.open(signal);
    await look(next, ladder('sd1'));
    expect(merges(folder)).not.toContain(dead);
    await next.close();
    expect(merges(folder)).toEqual([living]);
  });

  it('are written anew after a restart of the server', async () => {
    const { simulator, renderer, folder } = await start('sd1');
    await renderer.open(signal);
    const before = await look(renderer, ladder('sd1'));
    const [first = ''] = merges(folder);
    simulator.restart();
    await renderer.rearm(signal);
    expect(await look(renderer, ladder('sd1'))).toBe(before);
    expect(merges(folder)).toHaveLength(1);
    expect(merges(folder)).not.toContain(first);
  });
});

describe('a server that keeps old models', () => {
  it.each([
    [['main.py', '--cache-lru', '20'], 4],
    [['main.py', '--cache-lru=20'], 4],
    [['main.py', '--cache-lru', '0'], 1],
    [['main.py'], 1],
  ])('started as %j is made to let go of them %i times', async (argv, times) => {
    const { simulator, folder } = await start('sd1');
    const { server, seen } = await standBefore(simulator, argv);
    const renderer = rendererOn(simulator, { url: server, modelsDir: folder });
    await renderer.open(signal);
    const said = (renderer.warnings?.([]) ?? []).some((one) => one.includes('--cache-lru'));
    expect(said).toBe(times > 1);
    for (let i = 1; i <= 4; i++) await look(renderer, { ...ladder('sd1'), IN05: i / 10 });
    await renderer.close();
    expect(seen.filter((one) => one === '/free')).toHaveLength(times);
  });
});

/** Passes everything on, and says of the server that it was started with these arguments. */
async function standBefore(
  { url }: Simulator,
  argv: readonly string[],
): Promise<{ server: string; seen: string[] }> {
  const seen: string[] = [];
  const target = new URL(url);
  const server = createServer((request, response) => {
    seen.push(request.url ?? '');
    const { method, headers } = request;
    const ahead = http.request(
      { host: target.hostname, port: target.port, path: request.url, method, headers },
      (reply) => {
        if (request.url !== '/system_stats') {
          response.writeHead(reply.statusCode ?? 500, reply.headers);
          reply.pipe(response);
          return;
        }
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('end', () => {
          const stats: unknown = JSON.parse(Buffer.concat(chunks).toString());
          const { system, ...rest } = z.looseObject({ system: z.looseObject({}) }).parse(stats);
          response.end(JSON.stringify({ ...rest, system: { ...system, argv } }));
        });
      },
    );
    request.pipe(ahead);
  });
  // Without a WebSocket the server is looked at.
  server.on('upgrade', (_, socket: Duplex) => {
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  });
  const address = server.address();
  return { server: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, seen };
}

describe('a work file that somebody has deleted', () => {
  it('is missed at the next image, and written once more', async () => {
    const { renderer, folder } = await start('sd1');
    await renderer.open(signal);
    const before = await look(renderer, ladder('sd1'));
    for (const name of merges(folder)) fs.rmSync(path.join(folder, name));
    await expect(look(renderer, ladder('sd1'))).rejects.toMatchObject({
      code: 'webui-model-unknown',
      retry: 'rearm',
    });
    expect(await look(renderer, ladder('sd1'))).toBe(before);
  });
});

it.each(['modelA', 'modelB'])('%s replaced in mid-run ends it: no merge mixes two models', async (name) => {
  const { renderer, folder } = await start('sd1');
  await renderer.open(signal);
  await look(renderer, ladder('sd1'));
  const file = path.join(folder, `${name}.safetensors`);
  fs.copyFileSync(path.join(folder, 'other.safetensors'), file);
  const failure = { code: 'models-changed', kind: 'run', endsRun: true, retry: 'never' };
  await expect(look(renderer, { ...ladder('sd1'), IN05: 0.5 })).rejects.toMatchObject({
    ...failure,
    message: expect.stringMatching(new RegExp(`${name}.safetensors was replaced`)),
  });
  await expect(renderer.saveCheckpoint?.(ladder('sd1'), 'saved', signal)).rejects.toMatchObject(failure);
});

describe('a search', () => {
  it('runs to its end, is resumed in the same way, and leaves the best and nothing else', async () => {
    const modelsDir = temporaryFolder();
    const simulator = await startFaulty({ simulator: { family: 'comfyui', modelsDir } });
    open.push(simulator);
    const setting = {
      renderer: { modelsDir, backend: 'checkpoint' },
      config: { modelsDir, backend: 'checkpoint', saveBest: 'checkpoint' },
    };
    const { summary, records } = await searchOn([simulator], setting);
    expect(summary).toMatchObject({ failed: 0, savedBy: 'checkpoint' });
    expect(ofKind(records, 'scored')).toHaveLength(ITERATIONS);
    expect(ofKind(records, 'plan')[0]?.plan.server).toMatchObject({
      family: 'comfyui',
      mergeWay: 'checkpoint',
    });
    const left = ['O.safetensors', 'modelA.safetensors', 'modelB.safetensors', 'other.safetensors'];
    expect(fs.readdirSync(modelsDir).toSorted()).toEqual(left);
    fs.rmSync(path.join(modelsDir, 'O.safetensors'));
    const more = { ...setting, config: { iterations: ITERATIONS + 2 } };
    const resumed = await resumeOn([simulator], summary.files['journal'] ?? '', more);
    expect(ofKind(resumed.records, 'scored')).toHaveLength(ITERATIONS + 2);
    expect(fs.readdirSync(modelsDir).toSorted()).toEqual(left);
  });

  it('survives a restart in mid-run', async () => {
    const modelsDir = temporaryFolder();
    const simulator = await startFaulty({ simulator: { family: 'comfyui', modelsDir } });
    open.push(simulator);
    let trials = 0;
    const restarting = {
      name: 'restarting',
      onTrial: () => {
        if (++trials === 3) simulator.restart();
      },
    };
    const { summary } = await searchOn([simulator], {
      renderer: { modelsDir, backend: 'checkpoint' },
      config: { modelsDir, backend: 'checkpoint' },
      observers: [restarting],
    });
    expect(summary).toMatchObject({ failed: 0, reason: { code: 'iterations' } });
    expect(merges(modelsDir)).toEqual([]);
  });
});

describe('a folder that is not the server’s', () => {
  it('without the models is named before anything is drawn', async () => {
    const { simulator } = await start('sd1');
    const elsewhere = temporaryFolder();
    await expect(rendererOn(simulator, { modelsDir: elsewhere }).open(signal)).rejects.toMatchObject({
      code: 'webui-merge-way-missing',
      kind: 'usage',
      message: expect.stringContaining(`The folder in --models-dir, ${elsewhere}, does not contain modelA`),
    });
    await expect(rendererOn(simulator, {}).open(signal)).rejects.toMatchObject({
      message: expect.stringMatching(/give the model folder .* with --models-dir/),
    });
    expect(simulator.stats().images).toBe(0);
  });

  it('and a copy of it at the first merge', async () => {
    const { simulator, folder } = await start('sd1');
    const copy = temporaryFolder();
    fs.cpSync(folder, copy, { recursive: true });
    const renderer = rendererOn(simulator, { modelsDir: copy });
    await renderer.open(signal);
    await expect(look(renderer, ladder('sd1'))).rejects.toMatchObject({
      code: 'webui-model-not-loaded',
      message: expect.stringContaining('give its own model folder with --models-dir, not a copy'),
    });
    await renderer.close();
    expect(merges(copy)).toEqual([]);
  });
});

it('backends and doctor know of the way where a folder is given', async () => {
  const { simulator, folder } = await start('sd1');
  const ways = async (modelsDir?: string): Promise<unknown> => {
    const given = modelsDir === undefined ? {} : { modelsDir };
    const { mergeWays } = await examineServer({ url: simulator.url, ...given }, signal);
    return mergeWays.map(({ name, missing }) => [name, missing === undefined]);
  };
  expect(await ways()).toEqual([['comfyui', true]]);
  expect(await ways(folder)).toEqual([
    ['comfyui', true],
    ['checkpoint', true],
  ]);
  expect(await ways(temporaryFolder())).toEqual([
    ['comfyui', true],
    ['checkpoint', false],
  ]);
});

it('layers by kind are merged in files, and by nothing else', async () => {
  const architecture = 'sdxl/kinds';
  const { simulator, renderer, folder } = await start('sdxl', { architecture });
  expect(await renderer.open(signal)).toMatchObject({ mergeWay: 'checkpoint' });
  const all = uniformWeights(1, architecture);
  const some = { ...all, 'IN.attention': 0, 'OUT.mlp': 0 };
  const byDepth = rendererOn(simulator, { architecture: 'sdxl', modelsDir: folder });
  await byDepth.open(signal);
  expect(await look(renderer, all)).toBe(await look(byDepth, uniformWeights(1, 'sdxl')));
  expect(await look(renderer, some)).toMatch(/^[0-9a-f]+$/);
  const nodes = rendererOn(simulator, { architecture, backend: 'comfyui' });
  await expect(nodes.open(signal)).rejects.toMatchObject({ code: 'webui-merge-way-missing' });
});
