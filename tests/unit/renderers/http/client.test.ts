import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createClient } from '../../../../src/renderers/http/client.ts';
import type { Client, ClientOptions } from '../../../../src/renderers/http/client.ts';
import { closedUrl, recorded, replaying, startReplayServer } from '../../../helpers/replay-server.ts';
import type { ReplayServer, Routes, SeenRequest } from '../../../helpers/replay-server.ts';

const open: { close(): Promise<void> }[] = [];
const { signal } = new AbortController();
const ok = { status: 200, body: { fine: true } };
const fine = z.object({ fine: z.boolean() });

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function start(
  routes: Routes,
  options: Partial<ClientOptions> = {},
): Promise<{ server: ReplayServer; client: Client }> {
  const server = await startReplayServer(routes);
  const client = clientOf({ url: server.url, ...options });
  open.push(server);
  return { server, client };
}

function clientOf(options: ClientOptions): Client {
  const client = createClient({ retryDelays: [0, 0], ...options });
  open.push(client);
  return client;
}

describe('requests', () => {
  it('keeps the path below which the WebUI lies, and the query', async () => {
    const { server } = await start({ 'GET /sd/x': ok });
    const client = clientOf({ url: `${server.url}/sd` });
    await client.get('/x?a=1', fine, signal);
    expect([server.seen[0]?.path, server.seen[0]?.query]).toEqual(['/sd/x', '?a=1']);
  });

  it('gives numbers beyond 2^53 as text', async () => {
    const { client } = await start({ 'GET /app_id': { raw: '{"app_id":783001152136070811}' } });
    expect(await client.getText('/app_id', signal)).toContain('783001152136070811');
  });

  it('posts JSON, and nothing at all for undefined', async () => {
    const { server, client } = await start({ 'POST /x': ok });
    await client.post('/x', { a: 1 }, fine, signal);
    await client.post('/x', undefined, fine, signal);
    expect(server.bodies('POST /x')).toEqual([{ a: 1 }, '']);
  });
});

describe('failures', () => {
  it('nothing listens', async () => {
    const client = clientOf({ url: await closedUrl() });
    const failure = client.get('/x', fine, signal);
    await expect(failure).rejects.toMatchObject({ code: 'webui-refused', kind: 'run' });
    await expect(failure).rejects.toThrow(/ECONNREFUSED.*--api/);
  });

  it('repeats a GET whose connection was dropped', async () => {
    const { server, client } = await start({ 'GET /x': ['drop', 'drop', ok] });
    await expect(client.get('/x', fine, signal)).resolves.toEqual({ fine: true });
    expect(server.seen).toHaveLength(3);
  });

  it('gives up after the last delay', async () => {
    const { server, client } = await start({ 'GET /x': 'drop' });
    await expect(client.get('/x', fine, signal)).rejects.toMatchObject({ code: 'webui-lost' });
    expect(server.seen).toHaveLength(3);
  });

  it('repeats a POST only when told that this is safe', async () => {
    const { server, client } = await start({ 'POST /x': ['drop', ok], 'POST /y': ['drop', ok] });
    await expect(client.post('/x', {}, fine, signal)).rejects.toMatchObject({ code: 'webui-lost' });
    await expect(client.post('/y', {}, fine, signal, { retry: true })).resolves.toEqual({ fine: true });
    expect(server.seen.map(({ path }) => path)).toEqual(['/x', '/y', '/y']);
  });

  it.each([
    ['rubbish', { raw: 'gradio is love' }, /"gradio is love", which is not JSON/],
    ['an empty body', { raw: '' }, /with an empty reply/],
    ['half a reply', { raw: '{"fine":tr' }, /breaks off after 10 bytes/],
  ])(
    'repeats a GET that was answered with %s, and gives up after the last delay',
    async (_, answer, message) => {
      const { server, client } = await start({ 'GET /x': [answer, ok], 'GET /y': answer, 'POST /z': answer });
      await expect(client.get('/x', fine, signal)).resolves.toEqual({ fine: true });
      await expect(client.get('/y', fine, signal)).rejects.toMatchObject({ code: 'webui-bad-reply' });
      await expect(client.get('/y', fine, signal)).rejects.toThrow(message);
      await expect(client.post('/z', {}, fine, signal)).rejects.toMatchObject({ code: 'webui-bad-reply' });
      expect(server.seen.map(({ path }) => path)).toEqual('/x /x /y /y /y /y /y /y /z'.split(' '));
    },
  );

  it('never repeats another shape', async () => {
    const { server, client } = await start({ 'GET /x': { status: 200, body: { fine: 'yes' } } });
    const failure = client.get('/x', fine, signal);
    await expect(failure).rejects.toMatchObject({ code: 'webui-bad-reply' });
    await expect(failure).rejects.toThrow(/fine: /);
    expect(server.seen).toHaveLength(1);
  });

  it.each([401, 408, 429, 502, 503, 504])('repeats a GET that was refused with %i once', async (status) => {
    const { server, client } = await start({ 'GET /x': [{ status, body: {} }, ok] });
    await expect(client.get('/x', fine, signal)).resolves.toEqual({ fine: true });
    expect(server.seen).toHaveLength(2);
  });

  it('waits as long as it is told to, and leaves long waits to others', async () => {
    const later = (value: string): { status: number; body: object; headers: Record<string, string> } => ({
      status: 429,
      body: {},
      headers: { 'retry-after': value },
    });
    const { client } = await start({ 'GET /x': [later('1'), ok], 'GET /y': [later('3600'), ok] });
    const began = performance.now();
    await expect(client.get('/x', fine, signal)).resolves.toEqual({ fine: true });
    expect(performance.now() - began).toBeGreaterThanOrEqual(990);
    const failure = client.get('/y', fine, signal);
    await expect(failure).rejects.toMatchObject({ code: 'webui-busy', retryAfterSeconds: 3600 });
    await expect(failure).rejects.toThrow(/asks to retry in 1 h\./);
  });

  it('never repeats a request that was answered with an error', async () => {
    const { server, client } = await start(replaying('options_after_wrong_type'));
    await expect(client.get('/sdapi/v1/options', fine, signal)).rejects.toMatchObject({
      code: 'webui-server-error',
      status: 500,
    });
    expect(server.seen).toHaveLength(1);
  });

  it('calls a redirect by its name', async () => {
    const { client } = await start({ 'GET /x': { status: 301, body: '', headers: { location: '/y' } } });
    const failure = client.get('/x', fine, signal);
    await expect(failure).rejects.toMatchObject({ code: 'webui-not-a-webui', endsRun: true });
    await expect(failure).rejects.toThrow(/\/x \(status 301\) to http:\/\/127\.0\.0\.1:\d+\/y;/);
  });
});

describe('patience', () => {
  it('ends an attempt that stalls, and does not repeat it', async () => {
    const { server, client } = await start({ 'POST /x': 'stall' }, { attemptTimeoutSeconds: 0.05 });
    const failure = client.post('/x', {}, fine, signal, { patience: 'long', retry: true });
    await expect(failure).rejects.toMatchObject({ code: 'webui-timeout' });
    await expect(failure).rejects.toThrow(/POST \/x within 0.1 s/);
    expect(server.seen).toHaveLength(1);
  });

  it('the attempt limit is none of the short requests’ business', async () => {
    let answer: (value: typeof ok) => void = () => {};
    const later = new Promise<typeof ok>((resolve) => {
      answer = resolve;
    });
    const { server, client } = await start({ 'GET /x': () => later }, { attemptTimeoutSeconds: 0.001 });
    const reply = client.get('/x', fine, signal);
    await expect.poll(() => server.seen.length).toBe(1);
    answer(ok);
    await expect(reply).resolves.toEqual({ fine: true });
  });

  it('the budget bounds a call whose attempts have no limit', async () => {
    const { client } = await start(
      { 'POST /x': 'stall' },
      { attemptTimeoutSeconds: 0, totalBudgetSeconds: 0.05 },
    );
    await expect(client.post('/x', {}, fine, signal, { patience: 'long' })).rejects.toMatchObject({
      code: 'webui-timeout',
    });
  });

  it('no pause is begun that the budget cannot pay', async () => {
    const { server, client } = await start(
      { 'GET /x': 'drop' },
      { totalBudgetSeconds: 5, retryDelays: [10] },
    );
    await expect(client.get('/x', fine, signal)).rejects.toMatchObject({ code: 'webui-lost' });
    expect(server.seen).toHaveLength(1);
  });

  it('abort ends a request with the reason given', async () => {
    const { server, client } = await start({ 'POST /x': 'stall' });
    const controller = new AbortController();
    const failure = client.post('/x', {}, fine, controller.signal, { patience: 'long' });
    await expect.poll(() => server.seen.length).toBe(1);
    controller.abort(new Error('enough'));
    await expect(failure).rejects.toThrow('enough');
  });

  it('abort ends a pause', async () => {
    const { server, client } = await start({ 'GET /x': 'drop' }, { retryDelays: [3600] });
    const controller = new AbortController();
    const failure = client.get('/x', fine, controller.signal);
    await expect.poll(() => server.seen.length).toBe(1);
    controller.abort(new Error('enough'));
    await expect(failure).rejects.toThrow('enough');
  });

  it('an aborted signal sends nothing', async () => {
    const { server, client } = await start({ 'GET /x': ok });
    await expect(client.get('/x', fine, AbortSignal.abort(new Error('done')))).rejects.toThrow('done');
    expect(server.seen).toHaveLength(0);
  });
});

describe('logins', () => {
  const basic = `Basic ${btoa('user:secret')}`;

  it('sends Basic credentials and shows them nowhere', async () => {
    const { server, client } = await start({ 'GET /x': ok });
    const url = server.url.replace('//', '//user:secret@');
    const withLogin = clientOf({ url });
    await withLogin.get('/x', fine, signal);
    expect(server.seen[0]?.headers.authorization).toBe(basic);
    expect(withLogin.address).toBe(client.address);
  });

  it.each(['auth_none_options', 'auth_wrong'])('%s', async (name) => {
    const { server } = await start(replaying(name));
    const client = clientOf({ url: server.url.replace('//', '//user:secret@') });
    const failure: unknown = await client
      .get('/sdapi/v1/options', fine, signal)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'webui-auth', status: 401 });
    const shown = `${String(failure)} ${JSON.stringify(failure)} ${failure instanceof Error ? failure.stack : ''}`;
    expect(shown).not.toMatch(/secret|dXNlcj/);
    expect(shown).toContain('--webui-auth');
  });

  /** As recorded: `/config` needs the cookie that `/login` hands out. */
  const gradio = (token: () => string): Routes => ({
    'GET /config': ({ headers }: SeenRequest) =>
      headers.cookie === `access-token-unsecure=${token()}` ? ok : recorded('gauth_none_config'),
    'POST /login': ({ body }: SeenRequest) => ({
      ...recorded(
        body === recorded('gauth_login_right').request.body ? 'gauth_login_right' : 'gauth_login_wrong',
      ),
      headers: { 'set-cookie': `access-token-unsecure=${token()}; HttpOnly; Path=/; SameSite=lax` },
    }),
  });

  it('logs in to gradio when asked to, and again after a restart', async () => {
    let token = 'one';
    const { server, client } = await start(
      gradio(() => token),
      { gradioAuth: 'u:p' },
    );
    await client.get('/config', fine, signal);
    await client.get('/config', fine, signal);
    token = 'two';
    await client.get('/config', fine, signal);
    expect(server.seen.map(({ path }) => path).filter((path) => path === '/login')).toHaveLength(2);
    expect(server.bodies('POST /login')[0]).toBe('username=u&password=p');
  });

  it('refuses a wrong gradio login without repeating it', async () => {
    const { client } = await start(
      gradio(() => 'one'),
      { gradioAuth: 'u:secret' },
    );
    const failure = client.get('/config', fine, signal);
    await expect(failure).rejects.toMatchObject({ code: 'webui-auth', status: 400 });
    await expect(failure).rejects.not.toThrow(/secret/);
  });

  it('says what is missing without a gradio login', async () => {
    const { client } = await start(gradio(() => 'one'));
    await expect(client.get('/config', fine, signal)).rejects.toThrow(/--gradio-auth user:password/);
  });
});
