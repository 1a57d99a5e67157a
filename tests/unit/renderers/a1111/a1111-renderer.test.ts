import { afterEach, describe, expect, it } from 'vitest';
import { createA1111Renderer } from '../../../../src/renderers/a1111/a1111-renderer.ts';
import type { A1111Options } from '../../../../src/renderers/a1111/a1111-renderer.ts';
import { uniformWeights } from '../../../../src/space/blocks.ts';
import { companyExchange } from '../../../helpers/company-recordings.ts';
import { closedUrl, recorded, replaying } from '../../../helpers/replay-server.ts';
import type { Routes } from '../../../helpers/replay-server.ts';
import { LOAD, UNLOAD } from './backends/panel-config.ts';
import {
  OPTIONS,
  PREDICT,
  TXT2IMG,
  closeAll,
  events,
  half,
  render,
  rendererOf,
  signal,
  start,
} from './recorded-world.ts';

afterEach(closeAll);

const pathOf = (name: string): string => `/webui/models/Stable-diffusion/${name}.safetensors`;

describe('open', () => {
  it('reports what it found and selects model A', async () => {
    const { server, renderer, world } = await start();
    await expect(renderer.open(signal)).resolves.toEqual({
      family: 'a1111',
      version: null,
      mergeWay: 'runtime-block-merge',
      modelA: { name: 'tinyA', file: 'tinyA.safetensors', hash: '30d56a6809', path: pathOf('tinyA') },
      modelB: { name: 'tinyB', file: 'tinyB.safetensors', hash: null, path: pathOf('tinyB') },
      settings: {},
    });
    expect(world.selected).toBe('tinyA.safetensors [30d56a6809]');
    expect(server.bodies(PREDICT)).toEqual([]);
    expect(renderer.name).toBe(`runtime-block-merge on the WebUI at ${server.url}`);
  });

  it.each<[string, Partial<A1111Options>, Routes, string]>([
    ['unknown model', { modelB: 'tinyD' }, {}, 'webui-model-unknown'],
    ['the same model twice', { modelB: 'tinyA.safetensors' }, {}, 'webui-same-model'],
    [
      'no extension',
      {},
      { 'GET /sdapi/v1/script-info': { status: 200, body: [] } },
      'webui-merge-way-missing',
    ],
    ['a login is missing', {}, replaying('auth_none_options'), 'webui-auth'],
    ['a gradio login is missing', {}, replaying('gauth_none_config'), 'webui-auth'],
    ['no API', {}, { 'GET /sdapi/v1/options': recorded('get_not_found') }, 'webui-api-disabled'],
  ])('%s is a usage error and changes nothing', async (_, over, breaks, code) => {
    const { server, renderer } = await start(over, breaks);
    await expect(renderer.open(signal)).rejects.toMatchObject({ code, kind: 'usage' });
    // Looking into its folder once more changes nothing of the server's.
    const changes = server.seen.filter(
      ({ method, path }) => method === 'POST' && path !== '/sdapi/v1/refresh-checkpoints',
    );
    expect(changes).toEqual([]);
  });

  it('nothing there is a usage error', async () => {
    const renderer = rendererOf({ url: await closedUrl() });
    await expect(renderer.open(signal)).rejects.toMatchObject({ code: 'webui-refused', kind: 'usage' });
  });

  it('puts the old checkpoint back when model A cannot be loaded', async () => {
    const { server, renderer } = await start(
      {},
      { 'GET /sdapi/v1/options': { status: 200, body: { sd_model_checkpoint: 'tinyBunetA.safetensors' } } },
    );
    await expect(renderer.open(signal)).rejects.toMatchObject({
      code: 'webui-model-not-loaded',
      kind: 'usage',
    });
    expect(server.bodies(OPTIONS)).toEqual([
      { sd_model_checkpoint: 'tinyA.safetensors [30d56a6809]' },
      { sd_model_checkpoint: 'tinyBunetA.safetensors' },
    ]);
  });

  it.each(['http://a:b@/', 'nonsense://x'])('an address that cannot be right: %s', (url) => {
    expect(() => createA1111Renderer({ url, modelA: 'a', modelB: 'b', architecture: 'sd1' })).toThrow(
      expect.objectContaining({ code: 'webui-address', kind: 'usage' }),
    );
  });
});

describe('rearm, save and close', () => {
  it('rearm unloads and loads whatever it believed', async () => {
    const { server, renderer } = await start();
    await renderer.open(signal);
    await render(renderer, half);
    await renderer.rearm(signal);
    await render(renderer, half);
    expect(events(server)).toEqual([UNLOAD, LOAD, UNLOAD, LOAD]);
  });

  it('rearm says that the server is away, as a transient run error', async () => {
    const { server, renderer } = await start();
    await renderer.open(signal);
    await server.close();
    await expect(renderer.rearm(signal)).rejects.toMatchObject({ code: 'webui-refused', kind: 'run' });
  });

  it('saves the weights that it is given', async () => {
    const { server, renderer } = await start(
      {},
      { 'POST /sdapi/v1/refresh-checkpoints': { status: 200, body: null } },
    );
    await renderer.open(signal);
    const load = server.routes[PREDICT] ?? 'drop';
    server.routes[PREDICT] = (request) =>
      (request.body as { data: unknown[] }).data.length === 59
        ? recorded('rbm_72_save_checkpoint')
        : ([load].flat()[0] ?? 'drop');
    const path = await renderer.saveCheckpoint?.(uniformWeights(0.25, 'sd1'), 'merged25', signal);
    expect(path).toBe('/webui/models/Stable-diffusion/merged25.safetensors');
    expect(server.bodies(PREDICT).at(-1)).toEqual(recorded('rbm_72_save_checkpoint').request.body);
  });

  it('close unloads and selects the old checkpoint', async () => {
    const { server, renderer, world } = await start();
    await renderer.open(signal);
    await render(renderer, half);
    await expect(renderer.close()).resolves.toEqual([]);
    expect(events(server)).toEqual([UNLOAD, LOAD, UNLOAD]);
    expect(world.selected).toBe('tinyBunetA.safetensors');
  });

  it('close leaves a server alone that was not opened', async () => {
    const { server, renderer } = await start();
    await expect(renderer.close()).resolves.toEqual([]);
    expect(server.seen).toEqual([]);
  });

  it('close does not unload in a new process, but restores the checkpoint', async () => {
    const { server, renderer, world } = await start();
    await renderer.open(signal);
    await render(renderer, half);
    world.appId = '1';
    await expect(renderer.close()).resolves.toEqual([]);
    expect(events(server)).toEqual([UNLOAD, LOAD]);
    expect(world.selected).toBe('tinyBunetA.safetensors');
  });

  it('close has the list refreshed once when the server no longer knows what it lists', async () => {
    const { server, renderer, world } = await start();
    await renderer.open(signal);
    const known = server.routes[OPTIONS];
    // As when model-mixer has made an alias disappear.
    const { status, body } = companyExchange('extension_gone_midrun_58');
    server.routes[OPTIONS] = { status, body };
    server.routes['POST /sdapi/v1/refresh-checkpoints'] = () => {
      server.routes[OPTIONS] = known ?? 'drop';
      return { status: 200, body: null };
    };
    await expect(renderer.close()).resolves.toEqual([]);
    expect(world.selected).toMatch(/^tinyBunetA/);
  });

  it('close reports what it could not restore', async () => {
    const { server, renderer } = await start();
    await renderer.open(signal);
    await render(renderer, half);
    await server.close();
    const left = await renderer.close();
    expect(left).toHaveLength(2);
    expect(left[0]).toMatch(/^The merge could not be undone: nothing answers at/);
    expect(left[1]).toMatch(/"tinyBunetA.safetensors" could not be selected again/);
  });

  it('close still undoes a merge that a failure has put in doubt', async () => {
    const { server, renderer } = await start();
    await renderer.open(signal);
    await render(renderer, half);
    server.routes[TXT2IMG] = recorded('mm_39_base_changed');
    await expect(render(renderer, half)).rejects.toMatchObject({ code: 'webui-server-error' });
    await expect(renderer.close()).resolves.toEqual([]);
    expect(events(server)).toEqual([UNLOAD, LOAD, UNLOAD]);
  });
});
