/** The HTTP side: finds the route, checks who asks, turns failures into replies, and lets faults strike txt2img. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { messageOf } from '../../shared/errors.ts';
import { isForeignHost } from '../../shared/http/foreign-host.ts';
import { FRONT_DOOR, readBody, refuseBody } from '../front-door.ts';
import { CHECK_EVERY, limitServer } from '../../shared/http/server-limits.ts';
import { faultsAt, hasFault, refusedAtStart } from '../faults.ts';
import type { SimulatorOptions, SimulatorStats } from '../options.ts';
import { refusalOf, sendRefusal, sendSpoilt } from '../reply-faults.ts';
import { Access } from './access.ts';
import { parseBody } from './body.ts';
import type { ExtensionCall } from './extensions/extension.ts';
import { inExceptionGroup, pythonError, ReplyFailure } from './failures.ts';
import { FORGE_ROUTES, openApi, ROUTES } from './routes.ts';
import type { Route, RouteKind } from './routes.ts';
import { letStrangersIn, waitBehind } from './strangers.ts';
import { outOfMemory } from './txt2img/size.ts';
import { txt2img } from './txt2img/generate.ts';
import type { Txt2imgReply } from './txt2img/generate.ts';
import { spoilReply } from './txt2img/spoil-reply.ts';
import type { Webui } from './webui.ts';

/** Idle connections are closed after this, without a word. */
const KEEP_ALIVE_MS = 5000;

/** What 1.10.1 says of them. */
const NANS =
  'A tensor with NaNs was produced in Unet. This could be either because there\'s not enough precision to represent the picture, or because your video card does not support half type. Try setting the "Upcast cross attention layer to float32" option in Settings > Stable Diffusion or using the --no-half commandline argument to fix this. Use --disable-nan-check commandline argument to disable this check.';

/** Ready JSON text, for what JavaScript numbers cannot hold. */
class RawJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

interface Txt2imgCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly text: string;
  readonly startedAt: number;
}

const TOO_LARGE = JSON.stringify({ detail: 'Request Entity Too Large' });
const LOST_AFTER_RESTART = 20;

const TXT2IMG: Route = { method: 'POST', path: '/sdapi/v1/txt2img', kind: 'api', answer: () => undefined };
const LOGIN: Route = { method: 'POST', path: '/login', kind: 'site', answer: () => undefined };

/** What there is not with `--nowebui`. */
const OF_PAGES: readonly RouteKind[] = ['page', 'site', 'internal'];

export class HttpSide {
  readonly #webui: Webui;
  readonly #options: SimulatorOptions;
  readonly #access: Access;
  readonly #routes: readonly Route[];
  readonly #requests = new Map<string, number>();
  readonly #idleMs: number[] = [];
  #txt2imgCount = 0;
  #txt2imgOpen = 0;
  #lastEnd: number | undefined;
  #stillToRefuse: number;
  /** Requests of any path, after a restart. */
  #stillLost = 0;
  /** What the first request of each kind got. */
  readonly #firstReplies = new Map<string, Txt2imgReply>();

  constructor(webui: Webui, options: SimulatorOptions) {
    this.#webui = webui;
    this.#options = options;
    this.#access = new Access(options.auth, options.gradioAuth);
    this.#stillToRefuse = refusedAtStart(options.faults ?? []);
    const all: Route[] = [
      ...ROUTES,
      ...(options.family === 'forge' ? FORGE_ROUTES : []),
      TXT2IMG,
      LOGIN,
      {
        method: 'GET',
        path: '/app_id',
        kind: 'site',
        answer: () => new RawJson(`{"app_id":${webui.appId}}`),
      },
      ...webui.extensions.flatMap(({ calls = [] }) => calls.map(extensionRoute)),
      { method: 'GET', path: '/openapi.json', kind: 'open', answer: () => openApi(this.#routes) },
    ];
    this.#routes = all.filter(
      ({ kind }) =>
        (kind !== 'api' || options.api !== false) && (!OF_PAGES.includes(kind) || options.pages !== false),
    );
  }

  listener(): Server {
    const server = createServer(CHECK_EVERY, (request, response) => {
      void this.#serve(request, response);
    });
    limitServer(server, FRONT_DOOR);
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    return server;
  }

  stats(): SimulatorStats {
    return {
      requests: Object.fromEntries(this.#requests),
      images: this.#webui.images,
      foreignImages: this.#webui.foreignImages,
      idleMs: [...this.#idleMs],
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    // Said in these words, Node adds no hint of how long it keeps the connection: the real server gives none.
    if (response.shouldKeepAlive) response.setHeader('connection', 'keep-alive');
    const path = pathOf(request);
    const key = `${request.method ?? 'GET'} ${path}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    try {
      if (isForeignHost(request, this.#options.host ?? '127.0.0.1')) {
        throw new ReplyFailure(403, { detail: 'Forbidden' });
      }
      const route = this.#find(request.method, path, response);
      this.#access.check(request, route.kind);
      const text = await readBody(request);
      if (text === undefined) {
        await refuseBody(request, response, { 'content-type': 'application/json' }, TOO_LARGE);
        return;
      }
      if (route === TXT2IMG) {
        await this.#serveTxt2img({ request, response, text, startedAt });
        return;
      }
      if (route === LOGIN) {
        response.setHeader('set-cookie', this.#access.login(new URLSearchParams(text)));
        send(response, 200, { success: true }, startedAt);
        return;
      }
      const body = route.method === 'POST' ? parseBody(request, text) : undefined;
      send(response, 200, await route.answer(this.#webui, body), startedAt);
    } catch (error) {
      const isHidden = hasFault(this.#options.faults ?? [], 'exception-groups');
      sendFailure(response, error, startedAt, isHidden);
    }
  }

  #find(method: string | undefined, path: string, response: ServerResponse): Route {
    if (this.#stillLost > 0) {
      this.#stillLost--;
      throw new ReplyFailure(404, { detail: 'Not Found' });
    }
    const here = this.#routes.filter((route) => route.path === path);
    const route = here.find((one) => one.method === method);
    const isRefused = (route?.kind === 'api' || route?.kind === 'internal') && this.#stillToRefuse > 0;
    if (isRefused) this.#stillToRefuse--;
    if (here.length === 0 || isRefused) throw new ReplyFailure(404, { detail: 'Not Found' });
    if (route !== undefined) return route;
    response.setHeader('allow', here.map((one) => one.method).join(', '));
    throw new ReplyFailure(405, { detail: 'Method Not Allowed' });
  }

  async #serveTxt2img({ request, response, text, startedAt }: Txt2imgCall): Promise<void> {
    const webui = this.#webui;
    const faults = faultsAt(this.#options.faults ?? [], ++this.#txt2imgCount);
    this.#noteArrival(startedAt);
    try {
      const body = parseBody(request, text);
      const refusal = refusalOf(faults);
      if (refusal !== undefined) {
        sendRefusal(response, refusal);
        return;
      }
      if (faults.has('restart-404')) {
        webui.restart();
        this.#stillLost = LOST_AFTER_RESTART;
        response.destroy();
        return;
      }
      if (await letStrangersIn(webui, faults)) {
        response.destroy();
        return;
      }
      if (faults.has('forget')) webui.restart();
      if (faults.has('stale-unet')) webui.memory.unetObject++;
      if (faults.has('stall')) return;
      if (faults.has('oom')) {
        webui.outOfMemory++;
        throw outOfMemory();
      }
      if (faults.has('error500'))
        throw pythonError('RuntimeError', 'mat1 and mat2 shapes cannot be multiplied');
      if (faults.has('nan')) throw pythonError('NansException', NANS);
      if (faults.has('disk-full')) throw pythonError('OSError', '[Errno 28] No space left on device');
      const drawing = txt2img(webui, body, faults);
      if (faults.has('foreign-interrupt')) waitBehind(webui);
      const reply = spoilReply(await drawing, faults, this.#firstReplies);
      if (await sendSpoilt(response, Buffer.from(JSON.stringify(reply)), faults)) return;
      if (faults.has('drop')) await cutOff(response, JSON.stringify(reply));
      else send(response, 200, reply, startedAt);
    } finally {
      this.#txt2imgOpen--;
      this.#lastEnd = performance.now();
    }
  }

  #noteArrival(now: number): void {
    if (this.#txt2imgOpen > 0) this.#idleMs.push(0);
    else if (this.#lastEnd !== undefined) this.#idleMs.push(now - this.#lastEnd);
    this.#txt2imgOpen++;
  }
}

/** Each process of the server has extensions of its own. */
function extensionRoute({ method = 'POST', path }: ExtensionCall): Route {
  return {
    method,
    path,
    kind: 'open',
    answer: ({ extensions }, body) =>
      extensions
        .flatMap(({ calls = [] }) => calls)
        .find((call) => call.path === path)
        ?.answer(body),
  };
}

function pathOf(request: IncomingMessage): string {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function sendFailure(response: ServerResponse, error: unknown, startedAt: number, isHidden: boolean): void {
  const said = error instanceof ReplyFailure ? error : pythonError('RuntimeError', messageOf(error));
  const failure = isHidden ? inExceptionGroup(said) : said;
  // Exceptions pass by the code that measures the time; those of gradio events do not.
  const isException = failure.status === 500 && JSON.stringify(failure.body) !== '{"error":null}';
  send(response, failure.status, failure.body, isException ? undefined : startedAt);
}

function send(response: ServerResponse, status: number, body: unknown, startedAt: number | undefined): void {
  // The client may have gone while the job went on.
  if (response.destroyed) return;
  const text = body instanceof RawJson ? body.text : JSON.stringify(body ?? null);
  const bytes = Buffer.from(text);
  if (startedAt !== undefined) {
    response.setHeader('x-process-time', ((performance.now() - startedAt) / 1000).toFixed(4));
  }
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}

/** Half of the reply, and then nothing. */
async function cutOff(response: ServerResponse, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
  await new Promise<void>((resolve) => {
    response.write(bytes.subarray(0, bytes.length >> 1), () => {
      resolve();
    });
  });
  response.destroy();
}
