/** What searches that were killed have left on a server: the next one puts back what was there before all of them. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRenderer } from '../../src/renderers/index.ts';
import type { Renderer, RendererOptions } from '../../src/renderers/index.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/index.ts';
import { uniformWeights } from '../../src/space/blocks.ts';
import { requestOf } from '../helpers/small-image.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { get } from '../unit/simulator/client.ts';

const MODELS = ['other', 'modelA', 'modelB', 'modelC', 'modelD'];
const VAE = 'kl-f8.safetensors';
const { signal } = new AbortController();
const open: { close(): Promise<unknown> }[] = [];
let cache = '';

beforeEach(() => {
  cache = path.join(temporaryFolder('cache'), 'autombw');
  vi.stubEnv('AUTOMBW_CACHE', cache);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const one of open.splice(0)) await one.close().catch(() => undefined);
});

async function serve(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ models: MODELS, ...options });
  open.push(simulator);
  if (options.models === undefined) await set(simulator, { sd_model_checkpoint: 'other.safetensors' });
  return simulator;
}

function rendererOn({ url }: Simulator, over: Partial<RendererOptions> = {}): Renderer {
  return createRenderer({
    url,
    modelA: 'modelA',
    modelB: 'modelB',
    architecture: 'sd1',
    retryDelays: [],
    pollSeconds: 0.01,
    apiSeconds: 0.1,
    ...over,
  });
}

/** What a search does on the server until it is killed: it is at work, and puts nothing back. */
async function killed(simulator: Simulator, over: Partial<RendererOptions> = {}): Promise<void> {
  const renderer = rendererOn(simulator, over);
  await renderer.open(signal);
  const job = { requests: [requestOf('look/0', [3])], weights: uniformWeights(0.5, 'sd1') };
  for await (const _ of renderer.render(job, signal)) break;
}

/** A whole search, or any other command that draws. @returns what it warned of, and what it could not put back */
async function whole(
  simulator: Simulator,
  over: Partial<RendererOptions> = {},
): Promise<{ said: readonly string[]; left: readonly string[] }> {
  const renderer = rendererOn(simulator, over);
  await renderer.open(signal);
  const said = renderer.warnings?.([]) ?? [];
  return { said, left: await renderer.close() };
}

async function set({ url }: Simulator, settings: object): Promise<void> {
  // A connection that is kept may be one to the server that was there before.
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const body = JSON.stringify(settings);
  expect(await fetch(`${url}/sdapi/v1/options`, { method: 'POST', headers, body })).toMatchObject({
    ok: true,
  });
}

async function setting({ url }: Simulator, key: string): Promise<unknown> {
  const reply = await fetch(`${url}/sdapi/v1/options`, { headers: { connection: 'close' } });
  return ((await reply.json()) as Record<string, unknown>)[key];
}

/** Without its hash. */
async function selected(simulator: Simulator): Promise<string> {
  return String(await setting(simulator, 'sd_model_checkpoint')).replace(/\.safetensors.*/, '');
}

const kept = (): string[] =>
  fs.existsSync(path.join(cache, 'servers'))
    ? fs.readdirSync(path.join(cache, 'servers')).filter((name) => name.includes('.found.json'))
    : [];

const FAMILIES = [
  ['runtime-block-merge', { extensions: ['runtime-block-merge'] }, {}],
  ['model-mixer', { extensions: ['model-mixer'] }, {}],
  ['bayesian-merger', { extensions: ['bayesian-merger'] }, {}],
  ['merged files', { extensions: [] }, { backend: 'checkpoint' }],
  ['merged files on Forge', { family: 'forge' }, { backend: 'checkpoint' }],
] as const;

it.each(FAMILIES)('%s: the next search selects the checkpoint again', async (_, server, options) => {
  const modelsDir = temporaryFolder('models');
  const simulator = await serve({ ...server, modelsDir });
  const over = { ...options, modelsDir };
  await killed(simulator, over);
  expect(await selected(simulator)).not.toBe('other');
  expect(kept()).toHaveLength(1);
  const { said, left } = await whole(simulator, over);
  expect(said[0]).toMatch(
    /^An earlier search ended without restoring checkpoint "other\.safetensors.*"; this one will\.$/,
  );
  expect(left).toEqual([]);
  expect(await selected(simulator)).toBe('other');
  expect(kept()).toEqual([]);
});

it('two searches with other models, both killed: the next one goes behind both', async () => {
  const simulator = await serve();
  await killed(simulator);
  await killed(simulator, { modelA: 'modelC', modelB: 'modelD' });
  expect(await selected(simulator)).toBe('modelC');
  await whole(simulator);
  expect(await selected(simulator)).toBe('other');
});

it('a second search that is killed before it selects anything forgets nothing', async () => {
  const simulator = await serve();
  await killed(simulator);
  const leaving = new AbortController();
  const second = rendererOn(simulator, { modelA: 'modelC' });
  const opened = second.open(leaving.signal);
  // The record is written before the first change, and the first change is the checkpoint.
  leaving.abort(new Error('leave'));
  await expect(opened).rejects.toThrow('leave');
  await whole(simulator, { modelA: 'modelC' });
  expect(await selected(simulator)).toBe('other');
});

it('a search that began with a selected model A comes back to it after one with another', async () => {
  const simulator = await serve();
  await set(simulator, { sd_model_checkpoint: 'modelA.safetensors' });
  await killed(simulator, { modelA: 'modelC', modelB: 'modelD' });
  await whole(simulator, { modelA: 'modelC', modelB: 'modelD' });
  expect(await selected(simulator)).toBe('modelA');
});

it('what somebody has chosen since counts', async () => {
  const simulator = await serve();
  await set(simulator, { sd_vae: VAE });
  await killed(simulator, { clearModules: true });
  await set(simulator, { sd_model_checkpoint: 'modelD.safetensors', sd_vae: 'None' });
  const { said } = await whole(simulator);
  expect(said.join()).not.toMatch(/An earlier search/);
  expect(await selected(simulator)).toBe('modelD');
  expect(await setting(simulator, 'sd_vae')).toBe('None');
});

it('a server that was started again in between, with what it has kept', async () => {
  const first = await serve();
  await killed(first);
  await first.close();
  const second = await serve({ port: Number(new URL(first.url).port), seed: 2 });
  // As config.json of a real one has it.
  await set(second, { sd_model_checkpoint: 'modelA.safetensors' });
  await whole(second);
  expect(await selected(second)).toBe('other');
});

it.each([
  ['that lacks the checkpoint', ['modelA', 'modelB']],
  ['that has no model of the search', ['modelC', 'modelD']],
])('another server at the same address, %s, is left as it is', async (_, models) => {
  const first = await serve();
  await set(first, { sd_vae: VAE });
  await killed(first, { clearModules: true });
  await first.close();
  const second = await serve({ port: Number(new URL(first.url).port), models });
  const [modelA = '', modelB = ''] = models;
  const { said, left } = await whole(second, { modelA: modelB, modelB: modelA });
  expect(left).toEqual([]);
  expect(said.join()).not.toContain('other');
  expect(await selected(second)).toBe(modelA);
});

it('settings that were cleared, through two searches of which one clears nothing', async () => {
  const simulator = await serve();
  await set(simulator, { sd_vae: VAE });
  await killed(simulator, { clearModules: true });
  expect(await setting(simulator, 'sd_vae')).not.toBe(VAE);
  await killed(simulator);
  // What the search finds is in force as its user has set it.
  expect(await setting(simulator, 'sd_vae')).toBe(VAE);
  await killed(simulator, { clearModules: true });
  const { said } = await whole(simulator, { clearModules: true });
  expect(said[0]).toMatch(/checkpoint "other.*" and SD VAE "kl-f8\.safetensors" \(sd_vae\); this one will/);
  expect(await setting(simulator, 'sd_vae')).toBe(VAE);
});

it('text encoders and VAE of Forge that a search has brought', async () => {
  const modelsDir = temporaryFolder('models');
  const simulator = await serve({
    family: 'forge',
    modelsDir,
    modules: ['mine.safetensors', 'its.safetensors'],
  });
  const modules = (await get(simulator.url, '/sdapi/v1/sd-modules')).body as { filename: string }[];
  const [mine] = modules.map(({ filename }) => filename).filter((file) => file.includes('mine'));
  await set(simulator, { forge_additional_modules: [mine] });
  const over = { backend: 'checkpoint', modelsDir, vae: 'its.safetensors' };
  await killed(simulator, over);
  expect(String(await setting(simulator, 'forge_additional_modules'))).toMatch(/its/);
  await whole(simulator, over);
  expect(await setting(simulator, 'forge_additional_modules')).toEqual([mine]);
});

it('what could not be put back at the end, because the server was gone, is put back by the next search', async () => {
  const first = await serve();
  const renderer = rendererOn(first);
  await renderer.open(signal);
  await first.close();
  expect((await renderer.close()).join()).toContain('other');
  const second = await serve({ port: Number(new URL(first.url).port) });
  await set(second, { sd_model_checkpoint: 'modelA.safetensors' });
  await whole(second);
  expect(await selected(second)).toBe('other');
  expect(kept()).toEqual([]);
});

it('a cache folder that cannot be written to costs nothing but this', async () => {
  fs.writeFileSync(cache, 'a file');
  const simulator = await serve();
  expect((await whole(simulator)).left).toEqual([]);
  expect(await selected(simulator)).toBe('other');
});

it.each(['', '{', '[]', '{"format":2}', '{"format":1,"checkpoint":3,"left":[],"settings":{}}', '\0\0\0'])(
  'a damaged file (%j) says nothing, and is replaced',
  async (text) => {
    const simulator = await serve();
    await killed(simulator);
    const [name = ''] = kept();
    fs.writeFileSync(path.join(cache, 'servers', name), text);
    expect((await whole(simulator)).left).toEqual([]);
    expect(await selected(simulator)).toBe('modelA');
    expect(kept()).toEqual([]);
  },
);

it('of two searches at once the one that ends later puts back what was there before both', async () => {
  const simulator = await serve();
  const [first, second] = [rendererOn(simulator), rendererOn(simulator)];
  await first.open(signal);
  await second.open(signal);
  await first.close();
  expect(kept()).toHaveLength(1);
  await second.close();
  expect(await selected(simulator)).toBe('other');
  expect(kept()).toEqual([]);
});
