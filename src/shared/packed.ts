/** What is kept in memory for long and seldom read: deflated. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** In a buffer of its own: what zlib returns is a part of a larger one, which would stay with it. */
export function packed(content: string | Uint8Array): Buffer {
  const deflated = deflateRawSync(content);
  const own = Buffer.allocUnsafeSlow(deflated.length);
  deflated.copy(own);
  return own;
}

export function unpacked(content: Buffer): Buffer {
  return inflateRawSync(content);
}
