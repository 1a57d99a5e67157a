import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../../../../src/renderers/http/client.ts';
import { connect } from '../../../../src/renderers/a1111/connect.ts';
import type { ConnectOptions, Connection } from '../../../../src/renderers/a1111/connect.ts';
import { closedUrl, recorded, replaying, startReplayServer } from '../../../helpers/replay-server.ts';
import type { Answer, ReplayServer, Routes } from '../../../helpers/replay-server.ts';

const open: { close(): Promise<void> }[] = [];
const { signal } = new AbortController();
const APP_ID: Answer = { raw: '{"app_id":783001152136070811}' };
const ready: Routes = { ...replaying('get_options', 'get_ping'), 'GET /app_id': APP_ID };
const notFound: Answer = recorded('get_not_found');

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function connectTo(
  routes: Routes,
  options: Partial<ConnectOptions> = {},
): Promise<{ server: ReplayServer; result: Promise<Connection> }> {
  const server = await startReplayServer(routes);
  const client = createClient({ url: server.url, retryDelays: [] });
  open.push(server, client);
  const quick = { waitSeconds: 0, pollSeconds: 0.01, apiSeconds: 0.05 };
  return { server, result: connect(client, { ...quick, ...options }, signal) };
}

describe('connect', () => {
  it('reads the process id as text and the selected checkpoint', async () => {
    const { result } = await connectTo(ready);
    await expect(result).resolves.toMatchObject({
      family: 'a1111',
      appId: '783001152136070811',
      checkpoint: 'tinyA.safetensors [30d56a6809]',
    });
  });

  it.each([404, 200])('does without pages (--nowebui): GET /app_id answers %i', async (status) => {
    const options = recorded('get_options').body;
    const settings = { ...(options as object), forge_additional_modules: [] };
    const { result } = await connectTo({
      'GET /sdapi/v1/options': { status: 200, body: settings },
      'GET /app_id': status === 404 ? recorded('get_not_found') : APP_ID,
    });
    await expect(result).resolves.toMatchObject({
      family: 'forge',
      appId: status === 404 ? null : '783001152136070811',
    });
  });

  it('complains at once when nothing listens', async () => {
    const client = createClient({ url: await closedUrl() });
    open.push(client);
    await expect(connect(client, { waitSeconds: 0 }, signal)).rejects.toMatchObject({
      code: 'webui-refused',
    });
  });

  it('tells a WebUI without --api from one that is starting', async () => {
    const without = await connectTo({ ...ready, 'GET /sdapi/v1/options': notFound });
    await expect(without.result).rejects.toMatchObject({ code: 'webui-api-disabled' });
    await expect(without.result).rejects.toThrow(/runs without its API; restart it with --api/);
    const starting = await connectTo({ 'GET /app_id': APP_ID });
    await expect(starting.result).rejects.toMatchObject({ code: 'webui-api-disabled' });
    await expect(starting.result).rejects.toThrow(/still starting/);
  });

  it('gives the API of a server that has just started a moment, whatever it was told', async () => {
    const { server, result } = await connectTo(
      { ...ready, 'GET /sdapi/v1/options': [notFound, notFound, recorded('get_options')] },
      { apiSeconds: 60 },
    );
    await expect(result).resolves.toMatchObject({ appId: '783001152136070811' });
    expect(server.bodies('GET /sdapi/v1/options')).toHaveLength(3);
  });

  it('waits for a server that is starting when told to', async () => {
    const { server, result } = await connectTo(
      {
        ...ready,
        'GET /sdapi/v1/options': [notFound, notFound, recorded('get_options')],
        'GET /internal/ping': [notFound, recorded('get_ping')],
      },
      { waitSeconds: 60 },
    );
    await expect(result).resolves.toMatchObject({ appId: '783001152136070811' });
    expect(server.bodies('GET /sdapi/v1/options')).toHaveLength(3);
  });

  it('waits for a server that is not there yet', async () => {
    const { server, result } = await connectTo(
      {
        ...ready,
        'GET /sdapi/v1/options': ['drop', { raw: 'Bad gateway', status: 502 }, recorded('get_options')],
      },
      { waitSeconds: 60 },
    );
    await expect(result).resolves.toMatchObject({ appId: '783001152136070811' });
    expect(server.bodies('GET /sdapi/v1/options')).toHaveLength(3);
  });

  it('does not wait for what waiting cannot mend', async () => {
    const { server, result } = await connectTo(replaying('auth_none_options'), { waitSeconds: 3600 });
    await expect(result).rejects.toMatchObject({ code: 'webui-auth' });
    expect(server.seen).toHaveLength(1);
  });

  it.each<[string, Routes]>([
    [
      'a page for every path',
      { 'GET /sdapi/v1/options': { raw: '<html>' }, 'GET /app_id': { raw: '<html>' } },
    ],
    ['no such paths', {}],
    ['an object that has no selection, and no pages', { 'GET /sdapi/v1/options': { status: 200, body: {} } }],
    ['a list in place of options', { 'GET /sdapi/v1/options': { status: 200, body: [] } }],
  ])('knows what is no WebUI: %s', async (_, routes) => {
    const { result } = await connectTo(routes);
    await expect(result).rejects.toMatchObject({ code: 'webui-not-a-webui' });
  });

  it('quotes the option that somebody has broken', async () => {
    const { result } = await connectTo(replaying('options_after_wrong_type'));
    await expect(result).rejects.toThrow(/CLIP_stop_at_last_layers/);
  });
});
