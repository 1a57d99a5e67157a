/** The WebUI's API as far as taggers need it. */
import type { z } from 'zod';
import { runError } from '../../shared/errors.ts';
import { isGood } from '../../shared/http/transport.ts';
import { parseJson } from '../../shared/parse-json.ts';
import { createClient } from '../external/http-client.ts';
import type { Call } from '../external/http-client.ts';
import type { WebuiAddress } from './address.ts';

export interface WebuiApi {
  /** For messages. */
  readonly shown: string;
  /** @throws run error `scorer-unreachable` or `scorer-failed`; the signal's reason */
  get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  post<T>(path: string, body: unknown, schema: z.ZodType<T>, signal: AbortSignal): Promise<T>;
  /** Whether it answers with status 200 to 299. */
  accepts(path: string, body: unknown, signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

/** Attempts after the first, for what passes: a connection that is lost, a proxy without its server. */
const RETRIES = 2;
/** MB. A whole vocabulary with probabilities has a third of one. */
const LARGEST = 8;

export function openApi(
  { base, authorization, safe }: WebuiAddress,
  timeout: number,
  firstPause?: number,
  /** Of the scorer that asks, and what it asks for. */
  { id, wanted }: { readonly id: string; readonly wanted: string } = { id: 'webui-tags', wanted: 'tags' },
): WebuiApi {
  const client = createClient({
    id,
    authorization,
    safe,
    timeout,
    retries: RETRIES,
    largest: LARGEST,
    wanted,
    loginAdvice: 'set AUTOMBW_WEBUI_AUTH to user:password, as in --api-auth of the WebUI',
    firstPause,
  });

  function callOf(method: 'GET' | 'POST', path: string, body?: unknown): Call {
    const url = new URL(path.slice(1), base);
    const shown = `${url.origin}${url.pathname}`;
    return {
      method,
      url,
      shown,
      wantsJson: true,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
  }

  async function fetchJson<T>(call: Call, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const text = await client.send(call, signal);
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    const place = parsed.error.issues[0]?.path.join('.') ?? '';
    throw runError(
      'scorer-failed',
      `Scorer "${id}": the answer of ${call.method} ${call.shown} cannot be read` +
        `${place === '' ? '' : ` at ${place}`}: "${safe(text)}"; is it the kind of WebUI given in the setting via?`,
      { cause: parsed.error },
    );
  }

  return {
    shown: base.href.replace(/\/$/, ''),
    get: async (path, schema, signal) => fetchJson(callOf('GET', path), schema, signal),
    post: async (path, body, schema, signal) => fetchJson(callOf('POST', path, body), schema, signal),
    accepts: async (path, body, signal) => isGood(await client.ask(callOf('POST', path, body), signal)),
    close: async () => client.close(),
  };
}
