import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { isExpected, messageOf, runError } from '../../shared/errors.ts';
import type { AutombwError } from '../../shared/errors.ts';
import { codeBehind } from '../../shared/error-code.ts';
import { placeOf, TOO_BUSY } from '../../shared/http/http-reply.ts';
import { secondsOfRetryAfter } from '../../shared/http/retry-after.ts';
import type { Safe } from './hide-secrets.ts';

/** Who is asked, and how patiently. */
export interface Peer {
  /** Of the scorer, for messages. */
  readonly id: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
  readonly safe: Safe;
  /** Seconds that one answer may take. */
  readonly timeout: number;
  /** Further attempts after a failure that passes. */
  readonly retries: number;
  /** Largest answer in MB. */
  readonly largest: number;
  /** What it must answer with, for messages. */
  readonly wanted: string;
  /** What to do when the login is refused. */
  readonly loginAdvice: string;
  /** Seconds before the first repetition, doubled each time. */
  readonly firstPause?: number | undefined;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  /** The address for messages, without its secrets. */
  readonly shown: string;
  /** JSON. */
  readonly body?: string;
  /** A good answer that is no JSON was cut or spoiled on its way: it is asked for again. Default false. */
  readonly wantsJson?: boolean;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Client {
  /**
   * The text of an answer with status 200 to 299.
   * @throws run error `scorer-unreachable` or `scorer-failed`; the signal's reason
   */
  send(call: Call, signal: AbortSignal): Promise<string>;
  /**
   * The answer whatever its status.
   * @throws run error `scorer-unreachable`; `scorer-failed` when it is too large; the signal's reason
   */
  ask(call: Call, signal: AbortSignal): Promise<Reply>;
  close(): Promise<void>;
}

/** Seconds of pause; a server that wants a longer one is not asked again. */
const MAX_PAUSE = 60;

/** Loads undici. */
export async function createClient(peer: Peer): Promise<Client> {
  const { Agent, request } = await import('undici');
  const { id, headers, authorization, safe, timeout, retries, largest, firstPause = 0.5 } = peer;
  const agent = new Agent({
    // One deadline for the whole answer is kept below.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 2000,
    keepAliveMaxTimeout: 2000,
    connect: { timeout: 10_000 },
  });

  async function send(call: Call, signal: AbortSignal): Promise<string> {
    const reply = await ask(call, signal);
    if (isGood(reply)) return reply.text;
    throw refusal(call, reply);
  }

  async function ask(call: Call, signal: AbortSignal): Promise<Reply> {
    for (let attempt = 0; ; attempt++) {
      const outcome = await attemptOnce(call, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        return asLost(call, error);
      });
      const pause = pauseAfter(outcome, { attempt, usual: firstPause * 2 ** attempt, call });
      if (attempt >= retries || pause === undefined) {
        if ('error' in outcome) throw outcome.error;
        return outcome;
      }
      await sleep(pause * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  async function attemptOnce(call: Call, signal: AbortSignal): Promise<Reply> {
    signal.throwIfAborted();
    const patience = new AbortController();
    const follow = (): void => patience.abort(signal.reason);
    signal.addEventListener('abort', follow, { once: true });
    const timer = setTimeout(
      () => patience.abort(unreachable(call, `did not answer within ${timeout} s`)),
      timeout * 1000,
    );
    try {
      const reply = await request(call.url, {
        dispatcher: agent,
        method: call.method,
        headers: {
          ...headers,
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(authorization === undefined ? {} : { authorization }),
        },
        ...(call.body === undefined ? {} : { body: call.body }),
        signal: patience.signal,
      });
      return { status: reply.statusCode, headers: reply.headers, text: await readCapped(call, reply.body) };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', follow);
    }
  }

  async function readCapped(call: Call, body: Dispatcher.ResponseData['body']): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > largest * 1_000_000) {
        throw runError(
          'scorer-failed',
          `Scorer "${id}" got more than ${largest} MB from ${nameOf(call)}; it must answer with ${peer.wanted}.`,
        );
      }
      chunks.push(bytes);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  function refusal(call: Call, reply: Reply): AutombwError {
    const { status, text } = reply;
    const said = text.trim() === '' ? 'without a word' : `"${safe(text)}"`;
    if (status >= 300 && status < 400) {
      return runError(
        'scorer-failed',
        `Scorer "${id}": ${nameOf(call)} answered with status ${status} and leads to ${placeOf(reply.headers['location'], call.url.href)}; ` +
          'give that address as url, if it is the right one.',
      );
    }
    const advice = status === 401 || status === 403 ? peer.loginAdvice : 'look at the log of that server';
    return runError(
      'scorer-failed',
      `Scorer "${id}": ${nameOf(call)} answered with status ${status}, ${said}; ${advice}.`,
    );
  }

  function asLost(call: Call, error: unknown): Lost {
    // A deadline or a size of ours: asking again would be the same again.
    if (isExpected(error)) return { error, passes: false };
    const code = codeBehind(error);
    return {
      error: unreachable(call, `cannot be reached (${code ?? safe(messageOf(error))})`, error),
      passes: true,
    };
  }

  function unreachable(call: Call, what: string, cause?: unknown): AutombwError {
    return runError(
      'scorer-unreachable',
      `Scorer "${id}": ${nameOf(call)} ${what}; see whether that server runs.`,
      { cause },
    );
  }

  return { send, ask, close: async () => agent.destroy() };
}

/** Status 200 to 299. */
export function isGood({ status }: Reply): boolean {
  return status >= 200 && status < 300;
}

function nameOf({ method, shown }: Call): string {
  return `${method} ${shown}`;
}

/** Nothing came back, or not all of it. */
interface Lost {
  readonly error: AutombwError;
  readonly passes: boolean;
}

/** Seconds until it is worth asking again; undefined when it is not. */
function pauseAfter(
  outcome: Reply | Lost,
  { attempt, usual, call }: { readonly attempt: number; readonly usual: number; readonly call: Call },
): number | undefined {
  if ('error' in outcome) return outcome.passes ? usual : undefined;
  const { status, headers, text } = outcome;
  if (isGood(outcome)) return call.wantsJson === true && !isJson(text) ? usual : undefined;
  // A login that is missing stays so, unless the refusal was a slip.
  if (status === 401) return attempt === 0 ? usual : undefined;
  const asked = secondsOfRetryAfter(headers['retry-after']);
  if (TOO_BUSY.has(status)) return (asked ?? 0) <= MAX_PAUSE ? (asked ?? usual) : undefined;
  return status >= 502 && status <= 504 ? Math.min(asked ?? usual, MAX_PAUSE) : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
