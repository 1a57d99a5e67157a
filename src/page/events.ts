/** What a run does, as server-sent events: `state` is everything, `change` what has become different since. */
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
  const send = (event: string, data: unknown): void => {
    if (raw.writableLength > MOST_WAITING) raw.destroy();
    else raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
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
  });
  raw.write(`retry: ${RETRY_MS}\n\n`);
  send('state', state);
  const heartbeat = setInterval(() => raw.write(': still here\n\n'), HEARTBEAT_MS);
  raw.on('error', () => undefined);
  raw.on('close', () => {
    clearInterval(heartbeat);
    end();
  });
  return reply;
}
