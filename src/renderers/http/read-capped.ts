/** The body of a reply, given up as soon as it is larger than what was asked for can be: a server may send without end. */
import type { Dispatcher } from 'undici';
import { webuiError } from './errors.ts';
import { WEBUI_WORDING } from './failures.ts';
import type { Call, Wording } from './failures.ts';

/**
 * @throws WebuiError `webui-bad-reply` for a reply that is too large, or packed although nobody asked for that; of a refusal
 * that is too large, the beginning is returned
 */
export async function readCapped(
  call: Call,
  { statusCode, headers, body }: Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>,
  largest: number,
  wording: Wording = WEBUI_WORDING,
): Promise<Uint8Array> {
  const isRefusal = statusCode < 200 || statusCode > 299;
  const limit = isRefusal ? Math.min(largest, LARGEST_REFUSAL) : largest;
  const packed = headers['content-encoding'];
  try {
    if (!isRefusal && packed !== undefined && packed !== 'identity') throw packedReply(call, String(packed));
    if (!isRefusal && Number(headers['content-length'] ?? 0) > limit) throw tooLarge(call, limit, wording);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > limit && !isRefusal) throw tooLarge(call, limit, wording);
      chunks.push(bytes);
      if (size > limit) break;
    }
    return Buffer.concat(chunks, Math.min(size, limit));
  } finally {
    // What was not read to its end would keep coming. The failure that this is for its reader says nothing new.
    if (!body.readableEnded) body.on('error', () => {}).destroy();
  }
}

function tooLarge(call: Call, limit: number, { program }: Wording): ReturnType<typeof webuiError> {
  return webuiError(
    'webui-bad-reply',
    `${call.address} answered ${call.method} ${call.path.replace(/\?.*$/, '')} with more than ${Math.round(limit / 1e6)} MB, so the reply was given up; check whether ${program} itself answers there.`,
  );
}

function packedReply(call: Call, encoding: string): ReturnType<typeof webuiError> {
  return webuiError(
    'webui-bad-reply',
    `${call.address} answered ${call.method} ${call.path.replace(/\?.*$/, '')} in the encoding "${encoding.slice(0, 40)}", which was not asked for; check what lies between it and this machine (a proxy, a tunnel).`,
  );
}

/** Bytes of a reply that only gives a reason. */
const LARGEST_REFUSAL = 256_000;
