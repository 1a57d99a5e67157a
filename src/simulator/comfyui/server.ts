/** The HTTP side: finds the route, checks who asks, and opens WebSockets. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { faultsAt, refusedAtStart } from '../faults.ts';
import type { SimulatorStats } from '../options.ts';
import { damageImage, refusalOf, sendRefusal, sendSpoilt } from '../reply-faults.ts';
import type { BlockWeights } from '../../space/blocks.ts';
import { writeJson } from './json.ts';
import { Machine } from './machine.ts';
import type { ComfySettings } from './machine.ts';
import { isForeign } from './origin.ts';
import { isForeignHost } from '../../shared/http/foreign-host.ts';
import { FRONT_DOOR, readBody, refuseBody } from '../front-door.ts';
import { CHECK_EVERY, limitServer } from '../../shared/http/server-limits.ts';
import { InternalServerError } from './python.ts';
import { ROUTES } from './routes.ts';
import type { Answer, Call } from './routes.ts';
import { ComfyProcess } from './run/process.ts';
import { FEATURES } from './websocket/clients.ts';
import { WebSocketConnection } from './websocket/connection.ts';

export class ComfySide {
  readonly #machine: Machine;
  readonly #requests = new Map<string, number>();
  #process: ComfyProcess;
  #stillToRefuse: number;
  #views = 0;
  #firstImage: Buffer | undefined;

  constructor(settings: ComfySettings) {
    this.#machine = new Machine(settings);
    this.#stillToRefuse = refusedAtStart(settings.faults);
    this.#process = this.#start();
  }

  listener(): Server {
    const server = createServer(CHECK_EVERY, (request, response) => {
      this.#serve(request, response).catch(() => {
        // Clients go away while they send, and no reply can reach them.
        response.destroy();
      });
    });
    limitServer(server, FRONT_DOOR);
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#open(request, socket, head);
    });
    return server;
  }

  stats(): SimulatorStats {
    const { images, idleMs } = this.#machine;
    return {
      requests: Object.fromEntries(this.#requests),
      images: images.made,
      idleMs: [...idleMs],
    };
  }

  /** Where the last UNet lies that has sampled; all 0 before there was one. */
  position(): BlockWeights {
    return this.#machine.settings.axis.positionOf(this.#machine.lastUnet);
  }

  /** Queue, history, results and temporary files are gone, sockets are cut (1006). Saved files stay. */
  restart(): void {
    this.#process.end();
    this.#process = this.#start();
  }

  /** Gives up what runs. */
  close(): void {
    this.#process.end();
  }

  #start(): ComfyProcess {
    return new ComfyProcess(this.#machine, () => {
      this.restart();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('server', 'Python/3.11 aiohttp/3.14.5');
    this.#count(request);
    if (this.#refuses()) {
      request.socket.destroy();
      return;
    }
    if (this.#isRefused(request)) {
      send(response, { status: 403 });
      return;
    }
    if (request.method === 'OPTIONS') {
      send(response, { status: 200 });
      return;
    }
    const body = await readBody(request);
    if (body === undefined) {
      const text = `Maximum request body size ${FEATURES.max_upload_size} exceeded.`;
      await refuseBody(request, response, { 'content-type': 'text/plain; charset=utf-8' }, text);
      return;
    }
    try {
      const answer = this.#answer(request, body);
      if (isView(request)) await this.#sendImage(response, answer);
      else send(response, answer);
    } catch (error) {
      if (!(error instanceof InternalServerError)) throw error;
      sendText(response, 500, '500 Internal Server Error\n\nServer got itself in trouble');
    }
  }

  #answer(request: IncomingMessage, body: string): Answer {
    const { path, query } = targetOf(request);
    const cut = path.lastIndexOf('/');
    const call: Call = {
      machine: this.#machine,
      process: this.#process,
      name: decoded(path.slice(cut + 1)),
      query,
      body,
    };
    const method = request.method ?? 'GET';
    const route = ROUTES.get(`${method} ${path}`) ?? ROUTES.get(`${method} ${path.slice(0, cut)}/*`);
    return route?.(call) ?? { status: 404 };
  }

  /** Whatever happens to it on its way. */
  async #sendImage(response: ServerResponse, answer: Answer): Promise<void> {
    const faults = faultsAt(this.#machine.settings.faults, ++this.#views);
    const refusal = refusalOf(faults);
    if (refusal !== undefined) {
      sendRefusal(response, refusal);
      return;
    }
    const whole = answer.bytes ?? Buffer.alloc(0);
    this.#firstImage ??= whole;
    const bytes = damageImage(faults.has('old-picture') ? this.#firstImage : whole, faults);
    // What `rubbish` means here is decided when the image is made.
    const onTheWay = new Set([...faults].filter((name) => name !== 'rubbish'));
    if (!(await sendSpoilt(response, bytes, onTheWay))) send(response, { ...answer, bytes });
  }

  #open(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#count(request);
    const { path, query } = targetOf(request);
    const status = this.#isRefused(request) ? 403 : path === '/ws' ? undefined : 404;
    if (status !== undefined || this.#refuses()) {
      socket.end(
        status === undefined
          ? ''
          : `HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      );
      return;
    }
    const connection = WebSocketConnection.accept(request, socket, head);
    if (connection === undefined) {
      socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#process.connect(query.get('clientId') || this.#process.newId().replaceAll('-', ''), connection);
  }

  /** The real one looks at `Host` only together with an origin; this one runs on machines that show web pages. */
  #isRefused(request: IncomingMessage): boolean {
    return isForeignHost(request, this.#machine.settings.host) || isForeign(request);
  }

  /** A server that still starts takes no connections. */
  #refuses(): boolean {
    if (this.#stillToRefuse <= 0) return false;
    this.#stillToRefuse--;
    return true;
  }

  #count(request: IncomingMessage): void {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const key = `${request.method ?? 'GET'} ${path}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
  }
}

function isView(request: IncomingMessage): boolean {
  return request.method === 'GET' && targetOf(request).path === '/view';
}

/** Every path also answers below `/api`. */
function targetOf(request: IncomingMessage): { readonly path: string; readonly query: URLSearchParams } {
  const [path = '/', query = ''] = (request.url ?? '/').split('?');
  return { path: path.replace(/^\/api(?=\/)/u, ''), query: new URLSearchParams(query) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function send(response: ServerResponse, { status, json, bytes, headers = {} }: Answer): void {
  const isJson = json !== undefined;
  const content = isJson ? Buffer.from(writeJson(json)) : (bytes ?? Buffer.alloc(0));
  const type = isJson ? { 'content-type': 'application/json; charset=utf-8' } : {};
  response.writeHead(status, { ...type, ...headers, 'content-length': content.length });
  response.end(content);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  send(response, { status, headers, bytes: Buffer.from(text) });
}
