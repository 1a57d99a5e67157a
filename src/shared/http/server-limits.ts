/** What our servers bear of clients: nobody holds them up by many connections, by sending slowly, or by not reading. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface ServerLimits {
  /** Connections in all. */
  readonly connections: number;
  /** Of one other machine. This machine may have all of them: a proxy on it brings those of everybody. */
  readonly perMachine: number;
  /** Milliseconds for the head of a request, and until the first byte of a connection. */
  readonly headMs: number;
  /** Milliseconds for a whole request. */
  readonly requestMs: number;
  /** Milliseconds in which nothing is sent and nothing is read, also in the middle of a reply; 0 = any time. */
  readonly silenceMs: number;
}

/** Headers of a request; ours have twenty. */
const MOST_HEADERS = 100;

/** Of a server that is made: how often it looks for clients that are too slow, in milliseconds, is said when it is made. */
export const CHECK_EVERY = { connectionsCheckingInterval: 2000 } as const;

export function limitServer(
  server: Server,
  { connections, perMachine, headMs, requestMs, silenceMs }: ServerLimits,
): void {
  server.maxConnections = connections;
  server.maxHeadersCount = MOST_HEADERS;
  server.headersTimeout = headMs;
  server.requestTimeout = requestMs;
  server.timeout = silenceMs;
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const machine = machineOf(socket.remoteAddress);
    if (machine === undefined) return;
    const count = (open.get(machine) ?? 0) + 1;
    open.set(machine, count);
    socket.once('close', () => {
      const left = (open.get(machine) ?? 1) - 1;
      if (left > 0) open.set(machine, left);
      else open.delete(machine);
    });
    if (count > perMachine) socket.destroy();
  });
}

/** Machines have many addresses of IPv6, which begin alike. @returns undefined for this machine */
export function machineOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (plain === '::1' || plain.startsWith('127.')) return undefined;
  return plain.includes(':') ? networkOf(plain.replace(/%.*$/, '')) : plain;
}

/** The first 64 of 128 bits. */
function networkOf(address: string): string {
  const [before = '', after] = address.split('::');
  const head = before.split(':').filter((part) => part !== '');
  const tail = (after ?? '').split(':').filter((part) => part !== '');
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  return [...head, ...Array.from({ length: zeros }, () => '0'), ...tail].slice(0, 4).join(':');
}
