import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import os from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CHECK_EVERY,
  limitServer,
  machineOf,
  type ServerLimits,
} from '../../../../src/shared/http/server-limits.ts';

const LIMITS: ServerLimits = {
  connections: 20,
  perMachine: 3,
  headMs: 60_000,
  requestMs: 60_000,
  silenceMs: 0,
};

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

async function listen(
  limits: Partial<ServerLimits>,
  every: number = CHECK_EVERY.connectionsCheckingInterval,
): Promise<number> {
  server = createServer({ connectionsCheckingInterval: every }, (request, response) => {
    request.resume();
    response.end('here');
  });
  limitServer(server, { ...LIMITS, ...limits });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Resolves when the server ends the connection, with what it has said. */
async function fate(port: number, host: string, first = ''): Promise<string> {
  const socket = connect(port, host);
  let text = '';
  socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
  socket.on('error', () => undefined);
  if (first !== '') socket.write(first);
  await once(socket, 'close');
  return text;
}

const outside = Object.values(os.networkInterfaces())
  .flatMap((list = []) => list)
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

describe('a server of ours', () => {
  it('ends connections on which nothing comes, and those on which it comes too slowly', async () => {
    const port = await listen({ headMs: 100, requestMs: 200 }, 50);
    const silent = fate(port, '127.0.0.1');
    const slow = fate(port, '127.0.0.1', 'GET / HTTP/1.1\r\nhost: a\r\n');
    const body = fate(port, '127.0.0.1', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nabc');
    expect(await silent).toMatch(/^(?:HTTP\/1\.1 408|$)/);
    expect(await slow).toMatch(/^HTTP\/1\.1 408/);
    expect(await body).toMatch(/^HTTP\/1\.1 (?:200|408)/);
  });

  it('ends connections of which nobody reads', async () => {
    const port = await listen({ silenceMs: 100 });
    server?.removeAllListeners('request').on('request', (_request, response) => void response.write('x'));
    expect(await fate(port, '127.0.0.1', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')).toMatch(/^HTTP\/1\.1 200/);
  });

  it.skipIf(outside === undefined)('leaves room for others beside one machine', async () => {
    const port = await listen({});
    const held = Array.from({ length: 3 }, () => connect(port, outside ?? ''));
    await Promise.all(held.map(async (socket) => once(socket, 'connect')));
    expect(await fate(port, outside ?? '')).toBe('');
    expect(await fate(port, '127.0.0.1', 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')).toMatch(
      /here$/,
    );
    for (const socket of held) socket.destroy();
  });

  it('counts a machine by what its addresses have in common, and never this one', () => {
    expect(
      ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', undefined].map((address) => machineOf(address)),
    ).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(machineOf('::ffff:10.0.0.2')).toBe(machineOf('10.0.0.2'));
    expect(machineOf('2001:db8:1:2:3:4:5:6')).toBe(machineOf('2001:db8:1:2::9'));
    expect(machineOf('fe80::1%eth0')).toBe(machineOf('fe80::2'));
    expect(machineOf('2001:db8:1:3::9')).not.toBe(machineOf('2001:db8:1:2::9'));
  });
});
