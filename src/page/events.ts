/** What a run does, as server-sent events: `state` is everything, `change` what has become different since. */
import type { ServerResponse } from 'node:http';
import { constants, createGzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WatchedRun } from './watched-run.ts';

/** Milliseconds: shorter than what proxies wait for. */
const HEARTBEAT_MS = 15_000;
/** Milliseconds after which a browser asks again when the connection is lost. */
const RETRY_MS = 1000;
/** Bytes that may wait for a slow reader: it is then cut off, and gets everything again when it comes back. */
const MOST_WAITING = 16_000_000;

export async function followEvents(
  run: WatchedRun,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { raw } = reply;
  const isPacked = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const stream = isPacked ? packedInto(raw) : plainInto(raw);
  const send = (event: string, data: unknown): void => {
    if (stream.waiting() > MOST_WAITING) raw.destroy();
    else stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const { state, end } = await run.listen((change) => send('change', change));
  if (request.raw.destroyed || raw.destroyed) {
    end();
    return reply;
  }
  const headers = Object.entries(reply.getHeaders()).filter(
    (header): header is [string, string | number | string[]] => header[1] !== undefined,
  );
  reply.hijack();
  raw.writeHead(200, {
    ...Object.fromEntries(headers),
    'content-type': 'text/event-stream; charset=utf-8',
    // A proxy that collects would show everything late.
    'x-accel-buffering': 'no',
    ...(isPacked && { 'content-encoding': 'gzip' }),
  });
  stream.write(`retry: ${RETRY_MS}\n\n`);
  send('state', state);
  const heartbeat = setInterval(() => stream.write(': still here\n\n'), HEARTBEAT_MS);
  raw.on('error', () => undefined);
  raw.on('close', () => {
    clearInterval(heartbeat);
    stream.end();
    end();
  });
  return reply;
}

interface EventStream {
  readonly write: (text: string) => void;
  /** Bytes that have not left yet. */
  readonly waiting: () => number;
  readonly end: () => void;
}

function plainInto(raw: ServerResponse): EventStream {
  return { write: (text) => void raw.write(text), waiting: () => raw.writableLength, end: () => undefined };
}

/** About a tenth of the bytes, and less of every further event: most of it was said before. */
function packedInto(raw: ServerResponse): EventStream {
  const gzip = createGzip({ level: 4, flush: constants.Z_SYNC_FLUSH });
  gzip.on('data', (chunk) => raw.write(chunk));
  // Written to behind its end, where a connection is lost just then.
  gzip.on('error', () => undefined);
  return {
    write: (text) => void gzip.write(text),
    waiting: () => raw.writableLength + gzip.writableLength,
    end: () => gzip.destroy(),
  };
}
