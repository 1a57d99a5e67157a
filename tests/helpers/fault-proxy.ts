/** Between a program and a server: passes everything on, and does what the rules say to some of it. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body: Buffer | string;
}

/** What becomes of a request. `act` comes first, and the request is then passed on. */
export type Deed =
  /** The connection is cut before the server hears of the request, when its reply is ready, or in the middle of it. */
  | { readonly cut: 'before' | 'after' | 'half' }
  /** Answered in the place of the server, which hears nothing. */
  | { readonly answer: Answer | (() => Answer) }
  /** The server hears it, and what it answers is changed. */
  | { readonly change: (answer: Answer) => Answer }
  /** Nothing ever comes: of the request, or of half the reply. */
  | { readonly hang: 'before' | 'half' }
  /** The reply comes so many milliseconds later. */
  | { readonly later: number }
  /** The reply comes in pieces of so many bytes, one a millisecond. */
  | { readonly drip: number }
  /** A reply in chunks, the second of which has no length. */
  | { readonly torn: true }
  /** A reply that says it has 8 GB, and begins. */
  | { readonly huge: true }
  | { readonly act: () => Promise<void> | void };

export interface Rule {
  /** Method and the beginning of the path, as in `GET /history`; `*` is every request, `GET /ws` a WebSocket. */
  readonly on: string;
  /** The first such request that it strikes, counted from 1 since the rules are in force. Default 1. */
  readonly nth?: number;
  /** How many it strikes. Default 1. */
  readonly times?: number;
  readonly deed: Deed;
}

export interface ProxyOptions {
  readonly target: string;
  /** Beginning of every path, which the server does not see: `/webui`. */
  readonly prefix?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly host?: string;
}

export interface FaultProxy {
  readonly url: string;
  readonly port: number;
  /** Requests count, and these rules strike, from now on. */
  arm(rules: readonly Rule[]): void;
  /** Nothing listens, and every connection is cut. */
  leave(): Promise<void>;
  /** @param host where it listens from now on; as before unless given */
  comeBack(host?: string): Promise<void>;
  close(): Promise<void>;
}

export async function startFaultProxy(options: ProxyOptions): Promise<FaultProxy> {
  const { target, prefix = '', tls } = options;
  let { host = '127.0.0.1' } = options;
  const upstream = new URL(target);
  const sockets = new Set<Duplex>();
  const agent = new http.Agent({ keepAlive: true });
  let rules: readonly Rule[] = [];
  const counts = new Map<Rule, number>();
  let server = makeServer();
  let port = 0;
  await listen();
  return {
    get url() {
      const shown = host.includes(':') ? `[${host}]` : host;
      return `${tls === undefined ? 'http' : 'https'}://${shown}:${port}${prefix}`;
    },
    get port() {
      return port;
    },
    arm: (given) => {
      rules = given;
      counts.clear();
    },
    leave: stop,
    comeBack: async (place = host) => {
      host = place;
      server = makeServer();
      await listen();
    },
    close: async () => {
      await stop();
      agent.destroy();
    },
  };

  function makeServer(): http.Server {
    const created = tls === undefined ? http.createServer() : https.createServer(tls);
    created.on('connection', (socket: Duplex) => {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    });
    created.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      serve(request, response).catch(() => response.destroy());
    });
    created.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
      upgrade(request, socket, head).catch(() => socket.destroy());
    });
    return created;
  }

  async function listen(): Promise<void> {
    await once(server.listen(port, host), 'listening');
    port = (server.address() as AddressInfo).port;
  }

  async function stop(): Promise<void> {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  function deedFor(request: http.IncomingMessage): Deed | undefined {
    let found: Deed | undefined;
    for (const rule of rules) {
      const { on, nth = 1, times = 1, deed } = rule;
      if (on !== '*' && !`${request.method} ${pathOf(request)}`.startsWith(on)) continue;
      const number = (counts.get(rule) ?? 0) + 1;
      counts.set(rule, number);
      if (number >= nth && number < nth + times) found ??= deed;
    }
    return found;
  }

  function pathOf({ url = '/' }: http.IncomingMessage): string {
    return url.startsWith(prefix) ? url.slice(prefix.length) || '/' : url;
  }

  async function serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    if (prefix !== '' && request.url?.startsWith(prefix) !== true) {
      response.writeHead(404).end();
      return;
    }
    const deed = deedFor(request) ?? { later: 0 };
    if ('act' in deed) await deed.act();
    if ('cut' in deed && deed.cut === 'before') {
      request.socket.destroy();
      return;
    }
    if ('hang' in deed && deed.hang === 'before') return;
    const body = await buffer(request);
    if ('answer' in deed) {
      await send(response, typeof deed.answer === 'function' ? deed.answer() : deed.answer);
      return;
    }
    const answer = await ask(request, body, response);
    await deliver(response, answer, deed);
  }

  /** What the server answers; it is let go of when the client is gone. */
  async function ask(
    request: http.IncomingMessage,
    body: Buffer,
    response: http.ServerResponse,
  ): Promise<Answer> {
    const { method, headers } = request;
    const asked = http.request({
      agent,
      hostname: upstream.hostname,
      port: upstream.port,
      path: pathOf(request),
      method,
      headers,
    });
    response.once('close', () => asked.destroy());
    asked.end(body);
    const [reply] = (await once(asked, 'response')) as [http.IncomingMessage];
    const { statusCode = 502, headers: told } = reply;
    return { status: statusCode, headers: told, body: await buffer(reply) };
  }

  async function upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const deed = deedFor(request) ?? { later: 0 };
    if ('act' in deed) await deed.act();
    if ('hang' in deed) return;
    if ('answer' in deed || 'cut' in deed) {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      return;
    }
    const other = net.connect(Number(upstream.port), upstream.hostname);
    sockets.add(other);
    for (const [one, two] of [
      [socket, other],
      [other, socket],
    ] as const)
      one.on('error', () => undefined).on('close', () => two.destroy());
    const lines = [`GET ${pathOf(request)} HTTP/1.1`];
    for (let i = 0; i < request.rawHeaders.length; i += 2)
      lines.push(`${request.rawHeaders[i] ?? ''}: ${request.rawHeaders[i + 1] ?? ''}`);
    other.write(`${lines.join('\r\n')}\r\n\r\n`);
    other.write(head);
    socket.pipe(other).pipe(socket);
  }
}

async function deliver(response: http.ServerResponse, answer: Answer, deed: Deed): Promise<void> {
  const bytes = Buffer.from(answer.body as string);
  if ('cut' in deed && deed.cut === 'after') response.socket?.destroy();
  else if ('cut' in deed || 'hang' in deed) {
    response.writeHead(answer.status, withoutLength(answer.headers, bytes.length));
    response.write(bytes.subarray(0, bytes.length >> 1));
    if (!('cut' in deed)) return;
    await sleep(5);
    response.socket?.destroy();
  } else if ('drip' in deed) {
    response.writeHead(answer.status, withoutLength(answer.headers, bytes.length));
    for (let at = 0; at < bytes.length; at += deed.drip) {
      response.write(bytes.subarray(at, at + deed.drip));
      await sleep(1);
    }
    response.end();
  } else if ('torn' in deed) {
    const socket = response.socket;
    socket?.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"ima\r\nzz\r\n');
    socket?.end();
  } else if ('huge' in deed) {
    response.writeHead(200, { 'content-length': 8_000_000_000 });
    response.write(bytes);
  } else {
    if ('later' in deed && deed.later > 0) await sleep(deed.later);
    await send(response, 'change' in deed ? deed.change(answer) : answer);
  }
}

async function send(response: http.ServerResponse, { status, headers, body }: Answer): Promise<void> {
  response.writeHead(status, withoutLength(headers, Buffer.byteLength(body)));
  response.end(body);
}

/** The length is told anew: a changed body has another one. */
function withoutLength(headers: http.OutgoingHttpHeaders = {}, length: number): http.OutgoingHttpHeaders {
  const rest = Object.entries(headers).filter(
    ([name]) =>
      !['transfer-encoding', 'content-length', 'connection', 'keep-alive'].includes(name.toLowerCase()),
  );
  return { ...Object.fromEntries(rest), 'content-length': length };
}
