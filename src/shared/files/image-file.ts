/** Has an image file arrived whole? What is inside the pixels is not looked at. */
import { crc32 } from 'node:zlib';

/** What it is instead, for a sentence: `it ends in the middle`. Undefined for a whole PNG, JPEG or WebP. */
export function damageOf(bytes: Uint8Array): string | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length === 0) return 'it is empty';
  if (file.subarray(0, 8).equals(PNG)) return damageOfPng(file);
  if (file.subarray(0, 3).equals(JPEG)) {
    return file.subarray(-TAIL).includes(END_OF_JPEG) ? undefined : 'it ends in the middle';
  }
  if (file.toString('latin1', 0, 4) === 'RIFF' && file.toString('latin1', 8, 12) === 'WEBP') {
    return file.length >= file.readUInt32LE(4) + 8 ? undefined : 'it ends in the middle';
  }
  return `it begins with ${JSON.stringify(file.toString('latin1', 0, 16).replaceAll(/[^ -~]/g, '.'))} and is not a PNG, JPEG or WebP`;
}

/** Every part of a PNG has a checksum of its own, and the last one a name. */
function damageOfPng(file: Buffer): string | undefined {
  let at = PNG.length;
  while (at + 12 <= file.length) {
    const end = at + 12 + file.readUInt32BE(at);
    if (end > file.length) break;
    const name = file.toString('latin1', at + 4, at + 8);
    if (crc32(file.subarray(at + 4, end - 4)) !== file.readUInt32BE(end - 4)) {
      return `its part ${JSON.stringify(name.replaceAll(/[^A-Za-z]/g, '.'))} is damaged`;
    }
    if (name === 'IEND') return undefined;
    at = end;
  }
  return 'it ends in the middle';
}

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);
const END_OF_JPEG = Buffer.from([0xff, 0xd9]);
/** Bytes in which the end of a JPEG must lie: some programs fill up. */
const TAIL = 64;
