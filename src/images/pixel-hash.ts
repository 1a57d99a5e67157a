import { createHash } from 'node:crypto';
import type { Pixels } from '../types.ts';

/** SHA-256 in hex over the width and the height (32-bit, little-endian) and the pixel data. */
export function hashPixels(pixels: Pixels): string {
  const size = Buffer.alloc(8);
  size.writeUInt32LE(pixels.width, 0);
  size.writeUInt32LE(pixels.height, 4);
  return createHash('sha256').update(size).update(pixels.data).digest('hex');
}
