/** Misfortunes of a reply on its way: what a proxy refuses, cuts, empties or lets hang, and what it keeps from before. */
import type { ServerResponse } from 'node:http';
import type { FaultName } from './faults.ts';

export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What is answered in the place of the work itself; undefined where no fault refuses it. */
export function refusalOf(faults: ReadonlySet<FaultName>): Refusal | undefined {
  for (const name of faults) {
    const refusal = REFUSALS[name];
    if (refusal !== undefined) return refusal();
  }
  return undefined;
}

export function sendRefusal(response: ServerResponse, { status, headers, body }: Refusal): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** @returns whether the reply was sent in a way of its own */
export async function sendSpoilt(
  response: ServerResponse,
  bytes: Buffer,
  faults: ReadonlySet<FaultName>,
): Promise<boolean> {
  const half = bytes.subarray(0, bytes.length >> 1);
  const type = { 'content-type': 'application/json' };
  if (faults.has('rubbish')) end(response, Buffer.from('<html><body>Bad gateway</body></html>'));
  else if (faults.has('empty')) end(response, Buffer.alloc(0));
  else if (faults.has('cut')) {
    // Without a length only the end of the connection tells the end of the reply.
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, { ...type, connection: 'close' });
    response.end(half);
  } else if (faults.has('silent')) {
    response.writeHead(200, type);
    response.write(half);
  } else if (faults.has('endless')) {
    await sendForEver(response);
  } else return false;
  return true;
}

/** With a changed bit, or its first half; as it is without such a fault. */
export function damageImage(image: Buffer, faults: ReadonlySet<FaultName>): Buffer {
  if (faults.has('cut-picture')) return image.subarray(0, image.length >> 1);
  if (!faults.has('damaged-picture')) return image;
  const damaged = Buffer.from(image);
  const at = damaged.length >> 1;
  damaged[at] = (damaged[at] ?? 0) ^ 0x10;
  return damaged;
}

function end(response: ServerResponse, bytes: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}

async function sendForEver(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(1 << 20, ' ');
  const isOver = new Promise<void>((resolve) => response.once('close', resolve));
  while (!response.destroyed) {
    const flows = response.write(chunk);
    const hasRoom = new Promise<void>((resolve) => {
      if (flows) setImmediate(resolve);
      else response.once('drain', resolve);
    });
    await Promise.race([hasRoom, isOver]);
  }
}

function page(status: number, headers: Readonly<Record<string, string>> = {}): () => Refusal {
  return () => ({ status, headers: { 'content-type': 'text/html', ...headers }, body: `<h1>${status}</h1>` });
}

const REFUSALS: Readonly<Partial<Record<FaultName, () => Refusal>>> = {
  redirect: page(302, { location: '/login?next=%2F' }),
  error401: page(401),
  error403: page(403),
  error404: page(404),
  error408: page(408),
  error429: page(429),
  'retry-after': page(429, { 'retry-after': '1' }),
  // To the second, so that at least one whole one passes.
  'retry-date': () => page(429, { 'retry-after': new Date(Date.now() + 2000).toUTCString() })(),
  error502: page(502),
  error503: page(503),
  error504: page(504),
};
