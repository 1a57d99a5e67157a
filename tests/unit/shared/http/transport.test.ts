/** One attempt against real servers on the loopback: what came, or what went wrong, as data. */
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getEventListeners } from 'node:events';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { NEVER_ABORTED } from '../../../../src/shared/abort/never-aborted.ts';
import { lostConnection } from '../../../../src/shared/http/lost-connection.ts';
import { createTransport, isGood } from '../../../../src/shared/http/transport.ts';
import type { HttpReply, HttpRequest, Transport } from '../../../../src/shared/http/transport.ts';
import { closedUrl } from '../../../helpers/replay-server.ts';

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

function transportOf(silenceMs = 0): Transport {
  const transport = createTransport({ silenceMs });
  open.unshift(async () => transport.close());
  return transport;
}

async function listening(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x?a=1`);
}

const asked = (url: URL, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  headers: {},
  withinMs: Infinity,
  largest: 1000,
  ...more,
});

const text = ({ bytes }: HttpReply): string => Buffer.from(bytes).toString();

async function replyOf(request: HttpRequest): Promise<HttpReply> {
  const outcome = await transportOf().send(request, NEVER_ABORTED);
  if (outcome.state === 'replied') return outcome;
  throw new Error(`no reply: ${outcome.why}`);
}

describe('a reply', () => {
  it('comes with its status, headers and bytes, whatever they say', async () => {
    const url = await listening((request, response) => {
      const parts = [request.method, request.url, request.headers['x-own']].join(' ');
      request.setEncoding('utf8').on('data', (body: string) => {
        response.writeHead(418, { 'X-Told': 'yes' }).end(`${parts} ${body}`);
      });
    });
    const reply = await replyOf(asked(url, { method: 'PUT', headers: { 'x-own': 'a' }, body: 'words' }));
    expect([reply.status, reply.headers['x-told'], text(reply)]).toEqual([418, 'yes', 'PUT /x?a=1 a words']);
    expect(isGood(reply)).toBe(false);
  });

  it('is not unpacked', async () => {
    const packed = gzipSync('a'.repeat(5000));
    const url = await listening((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
    });
    expect(Buffer.from((await replyOf(asked(url))).bytes)).toEqual(packed);
  });

  it.each([
    ['by what it says', { 'content-length': 5000 }],
    ['by what comes', {}],
  ])('that is too large is given up %s', async (_, headers) => {
    const url = await listening((_request, response) => {
      response.writeHead(200, headers);
      response.write('a'.repeat(2000));
    });
    expect(await transportOf().send(asked(url), NEVER_ABORTED)).toEqual({
      state: 'failed',
      why: 'too-large',
    });
  });

  it('may have as many bytes as are allowed', async () => {
    const url = await listening((_, response) => response.end('a'.repeat(1000)));
    expect((await replyOf(asked(url))).bytes).toHaveLength(1000);
  });

  it.each([200, 500])('with status %i is cut where only a refusal may be', async (status) => {
    const url = await listening((_, response) => {
      response.writeHead(status);
      response.end('a'.repeat(900));
    });
    const { bytes } = await replyOf(asked(url, { largestRefusal: 10 }));
    expect(bytes).toHaveLength(status === 200 ? 900 : 10);
  });

  it('that refuses has the common limit where no other is given', async () => {
    const url = await listening((_, response) => response.writeHead(500).end('a'.repeat(1001)));
    expect(await transportOf().send(asked(url), NEVER_ABORTED)).toMatchObject({ why: 'too-large' });
  });
});

describe('a failure', () => {
  it('is told apart by how far it came: nobody listens', async () => {
    const outcome = await transportOf().send(asked(new URL(await closedUrl())), NEVER_ABORTED);
    expect(outcome).toMatchObject({ state: 'failed', why: 'lost' });
    expect('cause' in outcome && lostConnection(outcome.cause)).toEqual({
      how: 'never-connected',
      code: 'ECONNREFUSED',
    });
  });

  it('… the connection is reset', async () => {
    const url = await listening((request) => void request.socket.destroy());
    const outcome = await transportOf().send(asked(url), NEVER_ABORTED);
    expect('cause' in outcome && lostConnection(outcome.cause).how).toBe('broken');
  });

  it('… the reply falls silent', async () => {
    const url = await listening((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
    });
    const outcome = await transportOf(100).send(asked(url), NEVER_ABORTED);
    expect('cause' in outcome && lostConnection(outcome.cause).how).toBe('silent');
  });

  it.each([true, false])('is the deadline, also in the middle of a reply (%s)', async (begins) => {
    const url = await listening((_, response) => {
      if (begins) response.writeHead(200).write('half');
    });
    const outcome = await transportOf().send(asked(url, { withinMs: 50 }), NEVER_ABORTED);
    expect(outcome).toEqual({ state: 'failed', why: 'late' });
  });
});

describe('an abort', () => {
  it('throws its reason, before and while it waits, and leaves no listener', async () => {
    const reason = new Error('the run was stopped');
    const abort = new AbortController();
    const url = await listening(() => abort.abort(reason));
    const transport = transportOf();
    await expect(transport.send(asked(url), abort.signal)).rejects.toBe(reason);
    await expect(transport.send(asked(url), abort.signal)).rejects.toBe(reason);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  it('is not left listened for by replies', async () => {
    const { signal } = new AbortController();
    const url = await listening((_, response) => response.end('a'));
    const transport = transportOf();
    for (let i = 0; i < 20; i++) await transport.send(asked(url), signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

it('is closed before it is used, and asks nobody then', async () => {
  const url = await listening((_, response) => response.end('a'));
  const transport = createTransport({ silenceMs: 0 });
  await transport.close();
  expect(await transport.send(asked(url), NEVER_ABORTED)).toMatchObject({ state: 'failed', why: 'lost' });
});
