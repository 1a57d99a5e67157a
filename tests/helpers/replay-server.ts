/** A real HTTP server on a free port that answers from recorded exchanges, or stalls, drops and talks rubbish. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Recorded {
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  readonly status: number;
  readonly body: unknown;
  readonly headers: Record<string, string>;
  readonly derived?: { readonly info_parsed: Record<string, unknown> };
}

export interface SeenRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export type Answer =
  | { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> }
  | { readonly raw: string | Uint8Array; readonly status?: number }
  /** Accepts the request and never answers. */
  | 'stall'
  /** Closes the socket without an answer. */
  | 'drop'
  | ((request: SeenRequest) => Answer | Promise<Answer>);

/**
 * `METHOD /path` to one answer, or to several in turn, of which the last repeats. `METHOD /path/*` answers for all below.
 */
export type Routes = Record<string, Answer | readonly Answer[]>;

export interface ReplayServer {
  readonly url: string;
  readonly routes: Routes;
  readonly seen: readonly SeenRequest[];
  /** For what is no HTTP: upgrades to WebSocket. */
  readonly http: Server;
  /** Bodies of the requests to `METHOD /path`, in order. */
  bodies(route: string): readonly unknown[];
  close(): Promise<void>;
}

/** An exchange of tests/fixtures/webui-client. */
export function recorded(name: string): Recorded {
  const file = new URL(`../fixtures/webui-client/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Recorded;
}

/** Routes that answer as recorded. */
export function replaying(...names: readonly string[]): Routes {
  const routes: Routes = {};
  for (const name of names) {
    const exchange = recorded(name);
    const { pathname } = new URL(exchange.request.path, 'http://x');
    routes[`${exchange.request.method} ${pathname}`] = { status: exchange.status, body: exchange.body };
  }
  return routes;
}

/** A route that is missing is answered as the real server answers unknown paths. */
export async function startReplayServer(given: Routes): Promise<ReplayServer> {
  const routes = { ...given };
  const seen: SeenRequest[] = [];
  const turns = new Map<string, number>();

  const server = createServer((request, response) => {
    void (async () => {
      const asked = await read(request);
      seen.push(asked);
      const key = `${asked.method} ${asked.path}`;
      const below = `${asked.method} ${asked.path.replace(/[^/]*$/, '*')}`;
      let answer = pick(routes[key] ?? routes[below] ?? NOT_FOUND, turns, key);
      while (typeof answer === 'function') answer = await answer(asked);
      reply(response, answer);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    routes,
    seen,
    http: server,
    bodies: (route) =>
      seen.filter(({ method, path }) => `${method} ${path}` === route).map(({ body }) => body),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** A port on which nothing listens. */
export async function closedUrl(): Promise<string> {
  const server = await startReplayServer({});
  await server.close();
  return server.url;
}

const NOT_FOUND: Answer = { status: 404, body: { detail: 'Not Found' } };

function pick(route: Answer | readonly Answer[], turns: Map<string, number>, key: string): Answer {
  if (!Array.isArray(route)) return route as Answer;
  const turn = turns.get(key) ?? 0;
  turns.set(key, turn + 1);
  return (route as readonly Answer[])[Math.min(turn, route.length - 1)] ?? NOT_FOUND;
}

async function read(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const url = new URL(request.url ?? '/', 'http://x');
  const isJson = request.headers['content-type'] === 'application/json';
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.search,
    headers: request.headers,
    body: isJson ? JSON.parse(text) : text,
  };
}

function reply(response: ServerResponse, answer: Exclude<Answer, (request: SeenRequest) => unknown>): void {
  if (answer === 'stall') return;
  if (answer === 'drop') {
    response.socket?.destroy();
    return;
  }
  const isRaw = 'raw' in answer;
  response.writeHead(answer.status ?? 200, {
    'content-type': 'application/json',
    ...(isRaw ? {} : answer.headers),
  });
  response.end(isRaw ? answer.raw : JSON.stringify(answer.body));
}
