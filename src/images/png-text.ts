/** Reads a text of a PNG file: `parameters` is what WebUIs write. */
import { inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Bytes; more is no infotext. */
const LONGEST = 4 * 1024 * 1024;
/** Parts that are looked through, and texts of one keyword that are unpacked: more have only files that are made to be slow. */
const MOST_PARTS = 200_000;
const MOST_TEXTS = 4;

/** @returns undefined when the bytes are no PNG or it has no such text; a compressed one that is damaged is none */
export function pngText(image: Uint8Array, keyword: string): string | undefined {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) return undefined;
  let texts = 0;
  let at = 8;
  for (let part = 0; part < MOST_PARTS && texts < MOST_TEXTS && at + 12 <= bytes.length; part++) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const body = bytes.subarray(at + 8, at + 8 + length);
    const split = body.indexOf(0);
    if (split > 0 && body.toString('latin1', 0, split) === keyword) {
      texts++;
      const text = textOf(type, body.subarray(split + 1));
      if (text !== undefined) return text;
    }
    at += 12 + length;
  }
  return undefined;
}

/** @param body behind the keyword and its zero byte */
function textOf(type: string, body: Buffer): string | undefined {
  if (type === 'tEXt') return body.toString('latin1');
  if (type === 'zTXt') return inflated(body.subarray(1))?.toString('latin1');
  if (type !== 'iTXt') return undefined;
  // Two bytes for the compression, then language and translated keyword, each with a zero byte.
  const language = body.indexOf(0, 2);
  const translated = body.indexOf(0, language + 1);
  if (language < 0 || translated < 0) return undefined;
  const text = body.subarray(translated + 1);
  return (body[0] === 1 ? inflated(text) : text)?.toString('utf8');
}

function inflated(bytes: Buffer): Buffer | undefined {
  try {
    return inflateSync(bytes, { maxOutputLength: LONGEST });
  } catch {
    return undefined;
  }
}
