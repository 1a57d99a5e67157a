/** An event to a web address. */
import { pause } from '../shared/abort/pause.ts';
import { lostConnection } from '../shared/http/lost-connection.ts';
import { createTransport, isGood } from '../shared/http/transport.ts';
import { publicEvent, type RunEvent } from './event.ts';
import type { Form, Target } from './target.ts';

const WITHIN_MS = 15_000;
const LARGEST = 64_000;
const PAUSE_MS = 2000;

/** @returns why it was not delivered; undefined: it was. Never throws but the signal's reason */
export async function sendHttp(
  { url, form }: Extract<Target, { kind: 'http' }>,
  event: RunEvent,
  signal: AbortSignal,
): Promise<string | undefined> {
  const transport = createTransport({ silenceMs: 0 });
  const { address, authorization } = withoutLogin(url);
  const { body, headers } = messageIn(form, event);
  const request = {
    method: 'POST' as const,
    url: address,
    headers: { ...headers, ...(authorization !== undefined && { authorization }) },
    body,
    withinMs: WITHIN_MS,
    largest: LARGEST,
    largestRefusal: LARGEST,
  };
  try {
    for (let attempt = 0; ; attempt++) {
      const outcome = await transport.send(request, signal);
      if (outcome.state === 'replied' && isGood(outcome)) return undefined;
      const isPassing =
        outcome.state === 'failed' ? outcome.why === 'lost' : outcome.status === 429 || outcome.status >= 500;
      if (!isPassing || attempt > 0) return reasonOf(outcome);
      await pause(PAUSE_MS, signal);
    }
  } finally {
    await transport.close();
  }
}

function reasonOf(outcome: Awaited<ReturnType<ReturnType<typeof createTransport>['send']>>): string {
  if (outcome.state === 'replied') return `it answered with status ${outcome.status}`;
  if (outcome.why === 'late') return `it did not answer within ${WITHIN_MS / 1000} s`;
  if (outcome.why === 'too-large') return 'its answer was too long';
  // What the system says in full may hold the address.
  return `it cannot be reached (${lostConnection(outcome.cause).code ?? 'no connection'})`;
}

interface Message {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function messageIn(form: Form, event: RunEvent): Message {
  if (form === 'text') {
    // ntfy shows it above the message.
    return {
      body: event.message,
      headers: { 'content-type': 'text/plain; charset=utf-8', title: 'autombw' },
    };
  }
  return { body: JSON.stringify(jsonIn(form, event)), headers: { 'content-type': 'application/json' } };
}

function jsonIn(form: Exclude<Form, 'text'>, event: RunEvent): unknown {
  switch (form) {
    case 'slack':
      return {
        text: event.message.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
      };
    case 'discord':
      // A model may be called @everyone.
      return { content: event.message, allowed_mentions: { parse: [] } };
    default:
      return publicEvent(event);
  }
}

function withoutLogin(url: URL): { readonly address: URL; readonly authorization: string | undefined } {
  const address = new URL(url);
  address.username = '';
  address.password = '';
  if (url.username === '' && url.password === '') return { address, authorization: undefined };
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { address, authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}
