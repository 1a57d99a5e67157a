/** Replies without end, larger than they can be, or packed: given up while they come, so that memory stays flat. */
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createClient } from '../../../../src/renderers/http/client.ts';
import type { Client, ClientOptions } from '../../../../src/renderers/http/client.ts';
import { largestImages, largestReply } from '../../../../src/renderers/http/reply-limits.ts';

const { signal } = new AbortController();
const fine = z.object({ fine: z.boolean() });
const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function clientOf(listener: RequestListener, options: Partial<ClientOptions> = {}): Promise<Client> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = createClient({ url: `http://127.0.0.1:${port}`, retryDelays: [], ...options });
  open.push(async () => client.close());
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return client;
}

describe('a reply', () => {
  it('without end is given up, and the connection with it', async () => {
    let sent = 0;
    let isClosed = false;
    const client = await clientOf((_, response) => {
      response.on('close', () => {
        isClosed = true;
      });
      const chunk = Buffer.alloc(1 << 20, ' ');
      const go = (): void => {
        while (!response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', go);
        }
      };
      go();
    });
    const failure = client.get('/sdapi/v1/options', fine, signal);
    await expect(failure).rejects.toMatchObject({ code: 'webui-bad-reply', retry: 'rearm' });
    await expect(failure).rejects.toThrow(/GET \/sdapi\/v1\/options with more than 16 MB/);
    await expect.poll(() => isClosed).toBe(true);
    // What the sockets hold on top is a few MB at most.
    expect(sent).toBeLessThan(64 * (1 << 20));
  });

  it('that says how large it is is not even begun', async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(200, { 'content-length': 10e9 });
      response.write('{');
    });
    await expect(client.get('/config', fine, signal)).rejects.toThrow(/with more than 64 MB/);
  });

  it('may be as large as its request allows', async () => {
    const text = JSON.stringify({ fine: true, padding: 'x'.repeat(20_000_000) });
    const client = await clientOf((_, response) => response.end(text));
    const big = { largest: 30_000_000 };
    await expect(client.post('/sdapi/v1/txt2img', {}, fine, signal, big)).resolves.toEqual({ fine: true });
    await expect(client.post('/sdapi/v1/txt2img', {}, fine, signal)).rejects.toThrow(/more than 16 MB/);
    await expect(client.get('/config', fine, signal)).resolves.toEqual({ fine: true });
  });

  it('that refuses is read no further than its reason', async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.write(' '.repeat(10_000_000));
    });
    await expect(client.get('/x', fine, signal)).rejects.toMatchObject({
      code: 'webui-server-error',
      status: 500,
    });
  });

  it('that was packed unasked is not unpacked', async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(Buffer.alloc(1 << 20)));
    });
    await expect(client.get('/x', fine, signal)).rejects.toThrow(/in the encoding "gzip"/);
  });

  it('that falls silent half way is given up', async () => {
    const client = await clientOf(
      (_, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"fine":');
      },
      { silenceSeconds: 0.5 },
    );
    const failure = client.post('/x', {}, fine, signal, { patience: 'long' });
    await expect(failure).rejects.toMatchObject({ code: 'webui-lost' });
    await expect(failure).rejects.toThrow(/started answering POST \/x and then stalled/);
  });

  it('that is shorter than it said is lost', async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(200, { 'content-length': 100, connection: 'close' });
      response.write('{"fine":true}', () => response.socket?.end());
    });
    await expect(client.get('/x', fine, signal)).rejects.toMatchObject({ code: 'webui-lost' });
  });
});

describe('limits', () => {
  it('follow the path', () => {
    expect(largestReply('/sdapi/v1/progress?skip_current_image=true')).toBe(16e6);
    expect(largestReply('/config')).toBe(64e6);
    expect(largestReply('/view?filename=a.png')).toBe(512e6);
  });

  it('follow number and size of the images, and let every real one through', () => {
    const one = largestImages({ pixels: 512 * 512, count: 1 });
    const batch = largestImages({ pixels: 2048 * 2048, count: 8 });
    expect(one).toBeLessThan(64e6);
    // Eight 16-bit images that cannot be packed at all.
    expect(batch).toBeGreaterThan((8 * 2048 * 2048 * 6 * 4) / 3);
  });
});
