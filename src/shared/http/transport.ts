/**
 * One attempt at one HTTP request, for everybody who asks a server: with a deadline, a cap on the reply, and what went wrong
 * as data. What a failure means, what it is called and whether to try again, the clients on top of it say.
 */
import type { Agent, Dispatcher } from 'undici';
import { followAbort } from '../abort/follow-abort.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /**
   * Milliseconds until the reply must be here as a whole. Nothing else ends the wait for its beginning: who says
   * `Infinity` watches the server in another way.
   */
  readonly withinMs: number;
  /** Most bytes of the reply. */
  readonly largest: number;
  /**
   * Most bytes of a reply with another status than 200 to 299, of which only the beginning counts: the rest is not read.
   * Unless given, such a reply has the same limit as others.
   */
  readonly largestRefusal?: number | undefined;
}

/** In lower case. */
export type ReplyHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface HttpReply {
  readonly state: 'replied';
  readonly status: number;
  readonly headers: ReplyHeaders;
  /** As they came: nothing is unpacked. */
  readonly bytes: Uint8Array;
}

export type HttpFailure =
  /** No connection, or none any more; `lostConnection` says more of the cause. */
  | { readonly state: 'failed'; readonly why: 'lost'; readonly cause: unknown }
  /** The deadline has passed. */
  | { readonly state: 'failed'; readonly why: 'late' }
  /** More bytes than `largest`, by what it says of itself or by what has come. */
  | { readonly state: 'failed'; readonly why: 'too-large' };

export interface Transport {
  /** @throws the signal's reason, and nothing else */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpReply | HttpFailure>;
  /** Ends the connections; what is still asked is lost. */
  close(): Promise<void>;
}

/** @param silenceMs longest silence in the middle of a reply; 0 = until the deadline. undici is loaded with the first request */
export function createTransport({ silenceMs }: { readonly silenceMs: number }): Transport {
  let agent: Agent | undefined;
  let isClosed = false;
  return {
    async send(request, signal) {
      signal.throwIfAborted();
      const undici = await import('undici');
      if (isClosed) return { state: 'failed', why: 'lost', cause: new Error('the client was closed') };
      agent ??= new undici.Agent({
        // Headers come only when the images are done, which may take hours: patience is decided per request.
        headersTimeout: 0,
        bodyTimeout: silenceMs,
        // The server closes idle connections after 5 s; a request on a dying one is lost.
        keepAliveTimeout: 2000,
        keepAliveMaxTimeout: 2000,
        connect: { timeout: 10_000 },
      });
      const patience = followAbort(signal, request.withinMs);
      try {
        const { url, method, headers, body } = request;
        const reply = await undici.request(url, {
          dispatcher: agent,
          method,
          headers,
          body: body ?? null,
          signal: patience.signal,
        });
        const bytes = await readCapped(request, reply);
        if (bytes === undefined) return { state: 'failed', why: 'too-large' };
        return { state: 'replied', status: reply.statusCode, headers: reply.headers, bytes };
      } catch (cause) {
        signal.throwIfAborted();
        return patience.isLate ? { state: 'failed', why: 'late' } : { state: 'failed', why: 'lost', cause };
      } finally {
        patience.release();
      }
    },
    async close() {
      isClosed = true;
      await agent?.destroy();
    },
  };
}

/** Status 200 to 299. */
export function isGood({ status }: Pick<HttpReply, 'status'>): boolean {
  return status >= 200 && status <= 299;
}

/** @returns undefined for a reply that is too large, given up as soon as that is known: a server may send without end */
async function readCapped(
  { largest, largestRefusal }: HttpRequest,
  { statusCode, headers, body }: Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>,
): Promise<Uint8Array | undefined> {
  const mayBeCut = largestRefusal !== undefined && !isGood({ status: statusCode });
  const limit = mayBeCut ? Math.min(largest, largestRefusal) : largest;
  try {
    if (!mayBeCut && Number(headers['content-length'] ?? 0) > limit) return undefined;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > limit && !mayBeCut) return undefined;
      chunks.push(bytes);
      if (size > limit) break;
    }
    return Buffer.concat(chunks, Math.min(size, limit));
  } finally {
    // What was not read to its end would keep coming. The failure that this is for its reader says nothing new.
    if (!body.readableEnded) body.on('error', () => {}).destroy();
  }
}
