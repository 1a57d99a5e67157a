import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { isExpected, messageOf, runError } from '../../errors.ts';
import type { AutombwError } from '../../errors.ts';
import type { Address } from './address.ts';
import type { HttpSettings } from './settings.ts';

export interface Client {
  /**
   * The text of an answer with status 200 to 299.
   * @throws run error `scorer-unreachable` or `scorer-failed`; the signal's reason
   */
  send(body: string, signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** Bytes; a score needs a hundred. */
const MAX_REPLY = 1_000_000;
/** Seconds of pause; a server that wants a longer one is not asked again. */
const MAX_PAUSE = 60;

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Loads undici. */
export async function createClient(
  settings: HttpSettings,
  { url, shown, authorization, safe }: Address,
  firstPause = 0.5,
): Promise<Client> {
  const { Agent, request } = await import('undici');
  const agent = new Agent({
    // One deadline for the whole answer is kept below.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 2000,
    keepAliveMaxTimeout: 2000,
    connect: { timeout: 10_000 },
  });
  const call = `${settings.method} ${shown}`;

  async function send(body: string, signal: AbortSignal): Promise<string> {
    for (let attempt = 0; ; attempt++) {
      const outcome = await attemptOnce(body, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        return asLost(error);
      });
      if ('text' in outcome && outcome.status >= 200 && outcome.status < 300) return outcome.text;
      const pause = pauseAfter(outcome, firstPause * 2 ** attempt);
      if (attempt >= settings.retries || pause === undefined) throw failureOf(outcome);
      await sleep(pause * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  async function attemptOnce(body: string, signal: AbortSignal): Promise<Reply> {
    signal.throwIfAborted();
    const patience = new AbortController();
    const follow = (): void => patience.abort(signal.reason);
    signal.addEventListener('abort', follow, { once: true });
    const timer = setTimeout(
      () => patience.abort(unreachable(`did not answer within ${settings.timeout} s`)),
      settings.timeout * 1000,
    );
    try {
      const reply = await request(url, {
        dispatcher: agent,
        method: settings.method,
        headers: {
          ...settings.headers,
          'content-type': 'application/json',
          ...(authorization === undefined ? {} : { authorization }),
        },
        body,
        signal: patience.signal,
      });
      return { status: reply.statusCode, headers: reply.headers, text: await readCapped(reply.body) };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', follow);
    }
  }

  async function readCapped(body: Dispatcher.ResponseData['body']): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > MAX_REPLY) {
        throw runError(
          'scorer-failed',
          `Scorer "http" got more than 1 MB from ${call}; it must answer with a score.`,
        );
      }
      chunks.push(bytes);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  function failureOf(outcome: Reply | Lost): AutombwError {
    if ('error' in outcome) return outcome.error;
    const { status, headers, text } = outcome;
    const said = text.trim() === '' ? 'without a word' : `"${safe(text)}"`;
    if (status >= 300 && status < 400) {
      return runError(
        'scorer-failed',
        `Scorer "http": ${call} answered with status ${status} and leads to ${placeOf(headers['location'], url)}; ` +
          'give that address as url, if it is the right one.',
      );
    }
    const advice =
      status === 401 || status === 403
        ? 'set AUTOMBW_SCORER_AUTH, or the variable that authEnv names, to the Authorization header that it wants'
        : 'look at the log of that server';
    return runError(
      'scorer-failed',
      `Scorer "http": ${call} answered with status ${status}, ${said}; ${advice}.`,
    );
  }

  function asLost(error: unknown): Lost {
    // A deadline or a size of ours: asking again would be the same again.
    if (isExpected(error)) return { error, passes: false };
    const code = codeOf(error);
    return {
      error: unreachable(`cannot be reached (${code ?? safe(messageOf(error))})`, error),
      passes: true,
    };
  }

  function unreachable(what: string, cause?: unknown): AutombwError {
    return runError('scorer-unreachable', `Scorer "http": ${call} ${what}; see whether that server runs.`, {
      cause,
    });
  }

  return { send, close: async () => agent.destroy() };
}

/** Nothing came back, or not all of it. */
interface Lost {
  readonly error: AutombwError;
  readonly passes: boolean;
}

/** Seconds until it is worth asking again; undefined when it is not. */
function pauseAfter(outcome: Reply | Lost, usual: number): number | undefined {
  if ('error' in outcome) return outcome.passes ? usual : undefined;
  const { status, headers } = outcome;
  const asked = secondsOf(headers['retry-after']);
  if (status === 429) return asked !== undefined && asked <= MAX_PAUSE ? asked : undefined;
  return status >= 502 && status <= 504 ? Math.min(asked ?? usual, MAX_PAUSE) : undefined;
}

/** Retry-After: seconds, or a date. */
function secondsOf(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

/** Without user, password and query. */
function placeOf(location: string | string[] | undefined, base: URL): string {
  if (typeof location !== 'string' || !URL.canParse(location, base.href)) return 'nowhere';
  const { origin, pathname } = new URL(location, base.href);
  return `${origin}${pathname}`;
}

function codeOf(thrown: unknown): string | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string') return error.code;
  }
  return undefined;
}
