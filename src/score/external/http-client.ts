/** HTTP to the servers that judge: whatever goes wrong is told as a failure of the scorer, without its secrets. */
import { pause } from '../../shared/abort/pause.ts';
import { messageOf, runError } from '../../shared/errors.ts';
import type { AutombwError } from '../../shared/errors.ts';
import { placeOf, TOO_BUSY } from '../../shared/http/http-reply.ts';
import { lostConnection } from '../../shared/http/lost-connection.ts';
import { secondsOfRetryAfter } from '../../shared/http/retry-after.ts';
import { createTransport, isGood } from '../../shared/http/transport.ts';
import type { HttpFailure, ReplyHeaders } from '../../shared/http/transport.ts';
import { parseJson } from '../../shared/parse-json.ts';
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

interface Reply {
  readonly status: number;
  readonly headers: ReplyHeaders;
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

export function createClient(peer: Peer): Client {
  const { id, headers, authorization, safe, timeout, retries, largest, firstPause = 0.5 } = peer;
  // One deadline for the whole answer is enough.
  const transport = createTransport({ silenceMs: 0 });

  async function send(call: Call, signal: AbortSignal): Promise<string> {
    const reply = await ask(call, signal);
    if (isGood(reply)) return reply.text;
    throw refusal(call, reply);
  }

  async function ask(call: Call, signal: AbortSignal): Promise<Reply> {
    for (let attempt = 0; ; attempt++) {
      const outcome = await attemptOnce(call, signal);
      const seconds = pauseAfter(outcome, { attempt, usual: firstPause * 2 ** attempt, call });
      if (attempt >= retries || seconds === undefined) {
        if ('error' in outcome) throw outcome.error;
        return outcome;
      }
      await pause(seconds * 1000, signal);
    }
  }

  async function attemptOnce(call: Call, signal: AbortSignal): Promise<Reply | Lost> {
    const outcome = await transport.send(
      {
        method: call.method,
        url: call.url,
        headers: {
          ...headers,
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(authorization === undefined ? {} : { authorization }),
        },
        body: call.body,
        withinMs: timeout * 1000,
        largest: largest * 1_000_000,
      },
      signal,
    );
    if (outcome.state === 'failed') return asLost(call, outcome);
    const { status, bytes } = outcome;
    return { status, headers: outcome.headers, text: Buffer.from(bytes).toString('utf8') };
  }

  function refusal(call: Call, reply: Reply): AutombwError {
    const { status, text } = reply;
    const said = text.trim() === '' ? 'with an empty body' : `"${safe(text)}"`;
    if (status >= 300 && status < 400) {
      return runError(
        'scorer-failed',
        `Scorer "${id}": ${nameOf(call)} answered with status ${status} and redirects to ${placeOf(reply.headers['location'], call.url.href)}; ` +
          'use that address as url if it is the right one.',
      );
    }
    // What stands in front of a server that is down or starts.
    if (status >= 502 && status <= 504) return unreachable(call, `answered with status ${status}, ${said}`);
    const advice = status === 401 || status === 403 ? peer.loginAdvice : 'check the log of that server';
    return runError(
      'scorer-failed',
      `Scorer "${id}": ${nameOf(call)} answered with status ${status}, ${said}; ${advice}.`,
    );
  }

  function asLost(call: Call, failure: HttpFailure): Lost {
    // After a deadline or a size of ours, asking again would be the same again.
    if (failure.why === 'late')
      return { error: unreachable(call, `did not answer within ${timeout} s`), passes: false };
    if (failure.why === 'too-large') {
      const error = runError(
        'scorer-failed',
        `Scorer "${id}" received more than ${largest} MB from ${nameOf(call)}; expected ${peer.wanted}.`,
      );
      return { error, passes: false };
    }
    const { cause } = failure;
    const why = lostConnection(cause).code ?? safe(messageOf(cause));
    return { error: unreachable(call, `cannot be reached (${why})`, cause), passes: true };
  }

  function unreachable(call: Call, what: string, cause?: unknown): AutombwError {
    return runError(
      'scorer-unreachable',
      `Scorer "${id}": ${nameOf(call)} ${what}; check that the server is running.`,
      // Without it no image has a score.
      { cause, endsRun: true },
    );
  }

  return { send, ask, close: async () => transport.close() };
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
  if (isGood(outcome)) return call.wantsJson === true && parseJson(text) === undefined ? usual : undefined;
  // A login that is missing stays so, unless the refusal was a slip.
  if (status === 401) return attempt === 0 ? usual : undefined;
  const asked = secondsOfRetryAfter(headers['retry-after'], headers['date']);
  if (TOO_BUSY.has(status)) return (asked ?? 0) <= MAX_PAUSE ? (asked ?? usual) : undefined;
  return status >= 502 && status <= 504 ? Math.min(asked ?? usual, MAX_PAUSE) : undefined;
}
