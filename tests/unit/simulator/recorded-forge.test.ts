/** The simulated Forge says what a running one said, exchange by exchange. */
import { afterEach, describe, expect, it } from 'vitest';
import { startSimulator } from '../../../src/simulator/index.ts';
import type { Simulator } from '../../../src/simulator/index.ts';
import { FORGE_MODELS, forgeExchanges } from '../../helpers/forge-exchanges.ts';
import { get, merged, post, shoot } from './client.ts';

let simulator: Simulator | undefined;
afterEach(async () => simulator?.close());

async function startForge(other: string, modules: readonly string[] = []): Promise<string> {
  const models = [
    { name: 'other', sha256: other },
    ...Object.entries(FORGE_MODELS).map(([name, sha256]) => ({ name, sha256 })),
  ];
  simulator = await startSimulator({ family: 'forge', models, modules });
  return simulator.url;
}

async function select(url: string, sd_model_checkpoint: string): Promise<void> {
  await post(url, '/sdapi/v1/options', { sd_model_checkpoint });
}

/** What the recording kept of a body, out of the simulator's. */
function excerpt(body: unknown, recorded: unknown): unknown {
  if (Array.isArray(recorded) && Array.isArray(body)) return body.map((one, i) => excerpt(one, recorded[i]));
  if (typeof recorded !== 'object' || recorded === null) return body;
  const found = typeof body === 'object' && body !== null ? { ...body } : {};
  return Object.fromEntries(
    Object.entries(recorded).map(([key, value]) => [key, excerpt(Reflect.get(found, key), value)]),
  );
}

/** Of whatever the simulator is not: folders, sizes, the moment. */
const ELSEWHERE = /sd-models|memory|progress|schedulers|queue\/status/;

/** What was recorded, and what the simulator says to the same. */
async function replay(url: string, name: string): Promise<{ said: unknown[]; recorded: unknown[] }> {
  const said: unknown[] = [];
  const recorded: unknown[] = [];
  for (const { request, status, body } of forgeExchanges(name)) {
    if (ELSEWHERE.test(request.path)) continue;
    const answer =
      request.method === 'GET' ? await get(url, request.path) : await post(url, request.path, request.body);
    const isImage = request.path.endsWith('txt2img');
    const wanted = isImage ? { info: (body as { info: unknown }).info } : body;
    const got = isImage
      ? { info: JSON.parse((answer.body as { info: string }).info) as unknown }
      : answer.body;
    recorded.push({ request, status, body: wanted });
    said.push({ request, status: answer.status, body: excerpt(got, wanted) });
  }
  return { said, recorded };
}

describe('a simulated Forge', () => {
  it('notes a selection and loads it with the next image, hash and all', async () => {
    const other = 'b8fe5310ae2febf02ca7cb10ca56c8cb7b2ea0b88739f00e270cba457c6fd472';
    const url = await startForge(other);
    await select(url, 'other');
    await shoot(url);
    const { said, recorded } = await replay(url, 'forge-options-hash-is-stale');
    expect(recorded.length).toBeGreaterThan(10);
    expect(said).toEqual(recorded);
  });

  it('keeps the alias that was posted last for as long as it means the same file', async () => {
    const url = await startForge('8bf03dd923542c627bad6787460c419ef190344d054156d4ea326f84d70cd31b');
    for (const model of ['modelA', 'modelB', 'other']) {
      await select(url, model);
      await shoot(url);
    }
    await select(url, 'modelA.safetensors [f6ee90ed9c]');
    const { said, recorded } = await replay(url, 'forge-alias-stays-selected');
    expect(said).toEqual(recorded);
  });

  it('knows no hash before its first image, and lists the titles of unread files without one', async () => {
    const url = await startForge('a'.repeat(64));
    const { body } = await get(url, '/sdapi/v1/options');
    expect(body).toMatchObject({ sd_checkpoint_hash: '', sd_model_checkpoint: 'modelA.safetensors' });
    const models = await get(url, '/sdapi/v1/sd-models');
    expect(models.body).toMatchObject([{ title: 'modelA.safetensors', hash: null }, {}, {}]);
  });

  it('notices a damaged file only when it draws, and reads it again afterwards', async () => {
    const url = await startForge('a'.repeat(64));
    simulator?.addModel({ name: 'cut', broken: true });
    await post(url, '/sdapi/v1/refresh-checkpoints', undefined);
    const before = (await shoot(url)).pixels;
    expect(await post(url, '/sdapi/v1/options', { sd_model_checkpoint: 'cut' })).toMatchObject({
      status: 200,
    });
    expect((await get(url, '/sdapi/v1/options')).body).toMatchObject({ sd_model_checkpoint: 'cut' });
    expect(await post(url, '/sdapi/v1/txt2img', { prompt: 'x' })).toMatchObject({ status: 500 });
    await select(url, 'modelA');
    expect((await shoot(url)).pixels).toEqual(before);
  });

  it('lists its modules, drops unknown ones in silence, and draws with them', async () => {
    const url = await startForge('a'.repeat(64), ['ae.safetensors', 'clip_l.safetensors']);
    expect((await get(url, '/sdapi/v1/sd-modules')).body).toEqual([
      { model_name: 'ae.safetensors', filename: '/webui/models/VAE/ae.safetensors' },
      { model_name: 'clip_l.safetensors', filename: '/webui/models/VAE/clip_l.safetensors' },
    ]);
    const plain = await shoot(url);
    await post(url, '/sdapi/v1/options', { forge_additional_modules: ['gone', '/elsewhere/ae.safetensors'] });
    expect((await get(url, '/sdapi/v1/options')).body).toMatchObject({
      forge_additional_modules: ['/webui/models/VAE/ae.safetensors'],
    });
    const { pixels, info } = await shoot(url);
    expect(pixels).not.toEqual(plain.pixels);
    expect(String(info['infotexts'])).toContain('Module 1: ae,');
  });

  it('has a merge extension only when told, and draws plain model A with it', async () => {
    simulator = await startSimulator({ family: 'forge', extensions: ['runtime-block-merge'] });
    const { url } = simulator;
    const scripts = await get(url, '/sdapi/v1/script-info');
    expect(JSON.stringify(scripts.body)).toContain('runtime block merging');
    const plain = await shoot(url);
    expect((await shoot(url, merged(1))).pixels).toEqual(plain.pixels);
  });
});

describe('a server with --nowebui', () => {
  it('has the API and nothing of the pages', async () => {
    simulator = await startSimulator({ pages: false });
    const { url } = simulator;
    for (const { request, status, body } of forgeExchanges('nowebui_app_id_404')) {
      expect(await get(url, request.path)).toEqual({ status, body: JSON.parse(String(body)) });
    }
    for (const path of ['/config', '/internal/ping', '/internal/pending-tasks', '/queue/status'])
      expect((await get(url, path)).status).toBe(404);
    expect((await get(url, '/sdapi/v1/options')).status).toBe(200);
    expect((await shoot(url)).images).toHaveLength(1);
  });
});
