/** HTTP to one WebUI: JSON in, checked JSON out, and every failure a member of the error family. */
import type { z } from 'zod';
import { awakeTime } from '../../shared/awake-time.ts';
import { pause } from '../../shared/abort/pause.ts';
import { createTransport, isGood } from '../../shared/http/transport.ts';
import type { HttpReply } from '../../shared/http/transport.ts';
import { parseJson } from '../../shared/parse-json.ts';
import { parseAddress, parseCredentials } from './address.ts';
import { isSpoiledReply, WebuiError } from './errors.ts';
import {
  failureOfContent,
  failureOfPacking,
  failureOfPatience,
  failureOfSize,
  failureOfStatus,
  failureOfTransport,
  spoiltReply,
} from './failures.ts';
import type { Call, Wording } from './failures.ts';
import { largestReply } from './reply-limits.ts';
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
  /** Longest silence in the middle of a reply. Default 60. */
  readonly silenceSeconds?: number;
  /** Pauses before the second, third … attempt of what may be repeated. */
  readonly retryDelays?: readonly number[];
}

/** What a family of servers decides, not the user. */
export interface ClientTraits {
  /** How messages speak of the server; AUTOMATIC1111's WebUI unless told. */
  readonly wording?: Wording;
}

interface CallOptions {
  /** `short` answers within seconds on any healthy server; `long` waits for the graphics card. Default `short`. */
  readonly patience?: 'short' | 'long';
  /**
   * Repeat when the connection fails, the reply is spoiled, or something in front of the server refuses for the moment.
   * Default: GET yes, POST no. Right for a POST only when doing it twice is the same as doing it once. Images are not
   * repeated here: how often one may be drawn is counted in one place, by the run.
   */
  readonly retry?: boolean;
  /** Bytes beyond which a reply is given up; by its path unless given. */
  readonly largest?: number;
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
const SILENCE = 60;
/** Seconds; a server that asks for a longer pause is left to the run, which can wait. */
const LONGEST_PAUSE = 10;

/** Bytes of a reply that only gives a reason. */
const LARGEST_REFUSAL = 256_000;

interface Limits {
  readonly seconds: number;
  /** Bytes of the reply. */
  readonly largest: number;
}

export function createClient(options: ClientOptions, { wording }: ClientTraits = {}): Client {
  const address = parseAddress(options.url, options.auth);
  const gradioLogin =
    options.gradioAuth === undefined ? undefined : parseCredentials(options.gradioAuth, '--gradio-auth');
  // Once its beginning has come, a reply is ready: one that falls silent half way will not go on.
  const transport = createTransport({ silenceMs: (options.silenceSeconds ?? SILENCE) * 1000 });
  const delays = options.retryDelays ?? DEFAULT_RETRY_DELAYS;
  let cookie: string | undefined;

  return {
    address: address.shown,
    get: async (path, schema, signal, callOptions) => {
      const read = (bytes: Uint8Array): ReturnType<typeof schema.parse> =>
        check(callOf('GET', path), textOf(bytes), schema);
      return send('GET', path, undefined, read, signal, callOptions);
    },
    getText: async (path, signal, callOptions) => send('GET', path, undefined, textOf, signal, callOptions),
    post: async (path, body, schema, signal, callOptions) => {
      const read = (bytes: Uint8Array): ReturnType<typeof schema.parse> =>
        check(callOf('POST', path), textOf(bytes), schema);
      return send('POST', path, JSON.stringify(body), read, signal, callOptions);
    },
    send: async (path, body, signal, callOptions) => {
      await send('POST', path, JSON.stringify(body), asIs, signal, callOptions);
    },
    getBytes: async (path, signal, callOptions) => send('GET', path, undefined, asIs, signal, callOptions),
    close: async () => transport.close(),
  };

  async function send<T>(
    method: Call['method'],
    path: string,
    body: string | undefined,
    read: (bytes: Uint8Array) => T,
    signal: AbortSignal,
    { patience = 'short', retry = method === 'GET', largest = largestReply(path) }: CallOptions = {},
  ): Promise<T> {
    const budget = options.totalBudgetSeconds ?? 0;
    const deadline = budget > 0 ? awakeTime() + budget * 1000 : Infinity;
    const limit = patience === 'short' ? SHORT_PATIENCE : (options.attemptTimeoutSeconds ?? 0);
    for (let attempt = 0; ; attempt++) {
      const left = (deadline - awakeTime()) / 1000;
      const seconds = Math.min(limit > 0 ? limit : Infinity, Math.max(left, 0));
      try {
        return read(await sendWithLogin(method, path, body, signal, { seconds, largest }));
      } catch (error) {
        const delay = pauseAfter(error, attempt, delays);
        if (!retry || delay === undefined) throw error;
        if (awakeTime() + delay * 1000 > deadline) throw error;
        await pause(delay * 1000, signal);
      }
    }
  }

  async function sendWithLogin(
    method: Call['method'],
    path: string,
    body: string | undefined,
    signal: AbortSignal,
    limits: Limits,
  ): Promise<Uint8Array> {
    const call = callOf(method, path);
    const reply = await attempt(call, 'application/json', body, signal, limits);
    if (reply.status === 401 && gradioLogin !== undefined && !path.startsWith('/sdapi/')) {
      // The cookie is made out by the running process: after a restart it is worth nothing.
      cookie = await login(gradioLogin, signal);
      return bodyOf(call, await attempt(call, 'application/json', body, signal, limits));
    }
    return bodyOf(call, reply);
  }

  async function login(
    { user, password }: { user: string; password: string },
    signal: AbortSignal,
  ): Promise<string> {
    const call = callOf('POST', '/login');
    const form = new URLSearchParams({ username: user, password }).toString();
    const limits = { seconds: SHORT_PATIENCE, largest: largestReply(call.path) };
    const reply = await attempt(call, 'application/x-www-form-urlencoded', form, signal, limits);
    if (reply.status === 400) {
      throw new WebuiError(
        'webui-auth',
        'run',
        `${address.shown} does not accept the login of --gradio-auth; give the user and password that the WebUI was started with.`,
        { status: reply.status },
      );
    }
    check(call, textOf(bodyOf(call, reply)), loginSchema);
    return cookiesOf(reply);
  }

  async function attempt(
    call: Call,
    type: string,
    body: string | undefined,
    signal: AbortSignal,
    { seconds, largest }: Limits,
  ): Promise<HttpReply> {
    const outcome = await transport.send(
      {
        method: call.method,
        url: new URL(call.path.slice(1), address.base),
        headers: {
          ...(body === undefined ? {} : { 'content-type': type }),
          ...(address.authorization === undefined ? {} : { authorization: address.authorization }),
          ...(cookie === undefined ? {} : { cookie }),
          // Whatever lies in between is not to answer in the server's place with what it said before.
          'cache-control': 'no-cache',
        },
        body,
        withinMs: seconds * 1000,
        largest,
        largestRefusal: LARGEST_REFUSAL,
      },
      signal,
    );
    if (outcome.state === 'replied') return outcome;
    if (outcome.why === 'late') throw failureOfPatience(call, seconds, wording);
    if (outcome.why === 'too-large') throw failureOfSize(call, largest, wording);
    throw failureOfTransport(call, outcome.cause, wording);
  }

  function callOf(method: Call['method'], path: string): Call {
    return { address: address.shown, method, path };
  }

  function bodyOf(call: Call, reply: HttpReply): Uint8Array {
    const { status, bytes, headers } = reply;
    const packed = headers['content-encoding'];
    if (isGood(reply) && packed !== undefined && packed !== 'identity')
      throw failureOfPacking(call, String(packed));
    if (isGood(reply)) return bytes;
    throw failureOfStatus(call, status, textOf(bytes), wording, headers);
  }

  function check<T>(call: Call, text: string, schema: z.ZodType<T>): T {
    const value = parseJson(text);
    if (value === undefined) {
      throw spoiltReply(call, text, wording);
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? 'the whole' : issue.path.join('.');
    throw failureOfContent(call, `${where}: ${issue?.message ?? 'wrong shape'}`, parsed.error, wording);
  }
}

/** Seconds before the next attempt; undefined when another one would be the same again, or one too many. */
function pauseAfter(error: unknown, attempt: number, delays: readonly number[]): number | undefined {
  const delay = delays[attempt];
  if (delay === undefined || !(error instanceof WebuiError)) return undefined;
  // JSON of another shape is how another kind of server answers.
  const isOther = error.code === 'webui-bad-reply' && error.cause !== undefined;
  if (isOther) return undefined;
  // A login that is missing stays so, unless the refusal was a slip.
  const isSlip = error.status === 401 && attempt === 0;
  if (error.code !== 'webui-refused' && !isSpoiledReply(error) && !isSlip) return undefined;
  const asked = error.retryAfterSeconds ?? 0;
  return asked > LONGEST_PAUSE ? undefined : Math.max(delay, asked);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function asIs(bytes: Uint8Array): Uint8Array {
  return bytes;
}

/** `name=value; name=value`, as a Cookie header wants it. */
function cookiesOf({ headers }: HttpReply): string {
  const header = headers['set-cookie'] ?? [];
  return (Array.isArray(header) ? header : [header]).map((line) => line.split(';', 1)[0]).join('; ');
}
