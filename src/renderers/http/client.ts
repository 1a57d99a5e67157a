/** HTTP to one WebUI: JSON in, checked JSON out, and every failure a member of the error family. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import type { z } from 'zod';
import { parseAddress, parseCredentials } from './address.ts';
import { WebuiError } from './errors.ts';
import {
  failureOfContent,
  failureOfPatience,
  failureOfStatus,
  failureOfTransport,
  parseJson,
} from './failures.ts';
import type { Call, Wording } from './failures.ts';
import { followAbort } from './follow-abort.ts';
import { loginSchema } from './schemas.ts';

export interface ClientOptions {
  readonly url: string;
  /** `user:password` of `--api-auth`. */
  readonly auth?: string | undefined;
  /** `user:password` of `--gradio-auth`; used when the server asks for it. */
  readonly gradioAuth?: string | undefined;
  /** Longest wait for one answer to a `long` request (generating, loading a checkpoint). 0 = none. */
  readonly attemptTimeoutSeconds?: number;
  /** Longest time for one call with all its attempts and pauses. 0 = none. */
  readonly totalBudgetSeconds?: number;
  /** Pauses before the second, third … attempt of what may be repeated. */
  readonly retryDelays?: readonly number[];
}

/** What a family of servers decides, not the user. */
export interface ClientTraits {
  /** How messages speak of the server; AUTOMATIC1111's WebUI unless told. */
  readonly wording?: Wording;
}

export interface CallOptions {
  /** `short` answers within seconds on any healthy server; `long` waits for the graphics card. Default `short`. */
  readonly patience?: 'short' | 'long';
  /**
   * Repeat when the connection fails. Default: GET yes, POST no. Right for a POST only when doing it twice is the same
   * as doing it once, as with a txt2img of fixed seed. A reply is never asked for again, whatever it says.
   */
  readonly retry?: boolean;
}

export interface Client {
  /** For messages; without credentials. */
  readonly address: string;
  get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal, options?: CallOptions): Promise<T>;
  /** The body as it is, for numbers that do not fit a JavaScript number. */
  getText(path: string, signal: AbortSignal, options?: CallOptions): Promise<string>;
  /** @throws the signal's reason when aborted, else a {@link WebuiError} */
  post<T>(
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
    signal: AbortSignal,
    options?: CallOptions,
  ): Promise<T>;
  /** A POST of which only the status counts; the reply may be empty. */
  send(path: string, body: unknown, signal: AbortSignal, options?: CallOptions): Promise<void>;
  /** The body of a file. */
  getBytes(path: string, signal: AbortSignal, options?: CallOptions): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Seconds; a healthy server answers even the 2 MB of `/config` in less than one. */
const SHORT_PATIENCE = 60;
const DEFAULT_RETRY_DELAYS = [0.2, 1, 3];

export function createClient(options: ClientOptions, { wording }: ClientTraits = {}): Client {
  const address = parseAddress(options.url, options.auth);
  const gradioLogin =
    options.gradioAuth === undefined ? undefined : parseCredentials(options.gradioAuth, '--gradio-auth');
  const agent = new Agent({
    // Headers come only when the pictures are done, which may take hours: patience is decided per call.
    headersTimeout: 0,
    bodyTimeout: 0,
    // The server closes idle connections after 5 s; a request on a dying one is lost.
    keepAliveTimeout: 2000,
    keepAliveMaxTimeout: 2000,
    connect: { timeout: 10_000 },
  });
  const delays = options.retryDelays ?? DEFAULT_RETRY_DELAYS;
  let cookie: string | undefined;

  return {
    address: address.shown,
    get: async (path, schema, signal, callOptions) =>
      check(callOf('GET', path), await sendText('GET', path, undefined, signal, callOptions), schema),
    getText: async (path, signal, callOptions) => sendText('GET', path, undefined, signal, callOptions),
    post: async (path, body, schema, signal, callOptions) =>
      check(
        callOf('POST', path),
        await sendText('POST', path, JSON.stringify(body), signal, callOptions),
        schema,
      ),
    send: async (path, body, signal, callOptions) => {
      await send('POST', path, JSON.stringify(body), signal, callOptions);
    },
    getBytes: async (path, signal, callOptions) => send('GET', path, undefined, signal, callOptions),
    close: async () => agent.destroy(),
  };

  async function sendText(...request: Parameters<typeof send>): Promise<string> {
    return new TextDecoder().decode(await send(...request));
  }

  async function send(
    method: Call['method'],
    path: string,
    body: string | undefined,
    signal: AbortSignal,
    { patience = 'short', retry = method === 'GET' }: CallOptions = {},
  ): Promise<Uint8Array> {
    const budget = options.totalBudgetSeconds ?? 0;
    const deadline = budget > 0 ? performance.now() + budget * 1000 : Infinity;
    const limit = patience === 'short' ? SHORT_PATIENCE : (options.attemptTimeoutSeconds ?? 0);
    for (let attempt = 0; ; attempt++) {
      const left = (deadline - performance.now()) / 1000;
      const seconds = Math.min(limit > 0 ? limit : Infinity, Math.max(left, 0));
      try {
        return await sendWithLogin(method, path, body, signal, seconds);
      } catch (error) {
        const delay = delays[attempt];
        if (!retry || delay === undefined || !isSocketFailure(error)) throw error;
        if (performance.now() + delay * 1000 > deadline) throw error;
        await sleep(delay * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }

  async function sendWithLogin(
    method: Call['method'],
    path: string,
    body: string | undefined,
    signal: AbortSignal,
    seconds: number,
  ): Promise<Uint8Array> {
    const call = callOf(method, path);
    const reply = await attempt(call, 'application/json', body, signal, seconds);
    if (reply.status === 401 && gradioLogin !== undefined && !path.startsWith('/sdapi/')) {
      // The cookie is made out by the running process: after a restart it is worth nothing.
      cookie = await login(gradioLogin, signal);
      return bodyOf(call, await attempt(call, 'application/json', body, signal, seconds));
    }
    return bodyOf(call, reply);
  }

  async function login(
    { user, password }: { user: string; password: string },
    signal: AbortSignal,
  ): Promise<string> {
    const call = callOf('POST', '/login');
    const form = new URLSearchParams({ username: user, password }).toString();
    const reply = await attempt(call, 'application/x-www-form-urlencoded', form, signal, SHORT_PATIENCE);
    if (reply.status === 400) {
      throw new WebuiError(
        'webui-auth',
        'run',
        `${address.shown} does not accept the login of --gradio-auth; give the user and password that the WebUI was started with.`,
        { status: reply.status },
      );
    }
    check(call, new TextDecoder().decode(bodyOf(call, reply)), loginSchema);
    return reply.cookies;
  }

  async function attempt(
    call: Call,
    type: string,
    body: string | undefined,
    signal: AbortSignal,
    seconds: number,
  ): Promise<{ status: number; bytes: Uint8Array; cookies: string }> {
    signal.throwIfAborted();
    const patience = followAbort(signal);
    let outOfPatience = false;
    const timer = Number.isFinite(seconds)
      ? setTimeout(() => {
          outOfPatience = true;
          patience.abort();
        }, seconds * 1000)
      : undefined;
    try {
      const reply = await request(new URL(call.path.slice(1), address.base), {
        dispatcher: agent,
        method: call.method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': type }),
          ...(address.authorization === undefined ? {} : { authorization: address.authorization }),
          ...(cookie === undefined ? {} : { cookie }),
        },
        body: body ?? null,
        signal: patience.signal,
      });
      return { status: reply.statusCode, bytes: await reply.body.bytes(), cookies: cookiesOf(reply) };
    } catch (error) {
      signal.throwIfAborted();
      throw outOfPatience
        ? failureOfPatience(call, seconds, wording)
        : failureOfTransport(call, error, wording);
    } finally {
      clearTimeout(timer);
      patience.release();
    }
  }

  function callOf(method: Call['method'], path: string): Call {
    return { address: address.shown, method, path };
  }

  function bodyOf(call: Call, { status, bytes }: { status: number; bytes: Uint8Array }): Uint8Array {
    if (status >= 200 && status <= 299) return bytes;
    throw failureOfStatus(call, status, new TextDecoder().decode(bytes), wording);
  }

  function check<T>(call: Call, text: string, schema: z.ZodType<T>): T {
    const value = parseJson(text);
    if (value === undefined) {
      const start = text.slice(0, 60).replaceAll(/\s+/g, ' ');
      throw failureOfContent(call, `no JSON, but "${start}"`, undefined, wording);
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? 'the whole' : issue.path.join('.');
    throw failureOfContent(call, `${where}: ${issue?.message ?? 'wrong shape'}`, parsed.error, wording);
  }
}

function isSocketFailure(error: unknown): boolean {
  return error instanceof WebuiError && (error.code === 'webui-refused' || error.code === 'webui-lost');
}

/** `name=value; name=value`, as a Cookie header wants it. */
function cookiesOf(reply: Dispatcher.ResponseData): string {
  const header = reply.headers['set-cookie'] ?? [];
  return (Array.isArray(header) ? header : [header]).map((line) => line.split(';', 1)[0]).join('; ');
}
