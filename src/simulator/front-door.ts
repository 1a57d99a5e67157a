/** What both families of servers ask of a request before they look into it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerLimits } from '../shared/http/server-limits.ts';
import { createController } from '../shared/abort/create-controller.ts';

/** ComfyUI's limit; the other family has none of its own. */
export const MAX_BODY_BYTES = 104_857_600;
/** Bytes of all bodies that are being read at once, on one server or several. */
const MOST_WAITING_BYTES = 3 * MAX_BODY_BYTES;
let waitingBytes = 0;

/** Clients upload models' worth of pictures, and wait for hours. */
export const FRONT_DOOR: ServerLimits = {
  connections: 1000,
  perMachine: 200,
  headMs: 30_000,
  requestMs: 300_000,
  silenceMs: 0,
};

/** How long a client may go on sending what is not read any more. */
const LINGER_MS = 5000;

/** Undefined when it is too large: then {@link refuseBody} answers. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return undefined;
  const parts: Buffer[] = [];
  let size = 0;
  try {
    // Who stops reading otherwise cuts the connection, and the reply with it.
    for await (const part of request.iterator({ destroyOnReturn: false })) {
      if (!Buffer.isBuffer(part)) continue;
      size += part.length;
      waitingBytes += part.length;
      if (size > MAX_BODY_BYTES || waitingBytes > MOST_WAITING_BYTES) return undefined;
      parts.push(part);
    }
    return Buffer.concat(parts).toString('utf8');
  } finally {
    waitingBytes -= size;
  }
}

/** The reply goes out at once. A client that has not finished sending reads it only if it is not cut off right away. */
export async function refuseBody(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  text: string,
): Promise<void> {
  response.writeHead(413, { ...headers, connection: 'close', 'content-length': Buffer.byteLength(text) });
  response.write(text);
  const ended = createController();
  request.once('close', () => {
    ended.abort();
  });
  request.on('error', () => undefined);
  request.on('end', () => {
    ended.abort();
  });
  request.resume();
  await sleep(LINGER_MS, undefined, { signal: ended.signal, ref: false }).catch(() => undefined);
  response.end();
}
