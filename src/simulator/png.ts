/** A small PNG writer and a reader of PNG texts. Fast rather than small: filter 0 and zlib level 1. */
import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';
import type { Pixels } from '../types.ts';

const deflateAsync = promisify(deflate);
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOUR_TYPE_RGB = 2;

/** 8-bit RGB. Compression runs off the main thread. Texts become tEXt chunks, or iTXt where Latin-1 does not do. */
export async function encodePng(
  pixels: Pixels,
  texts: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const { width, height, data } = pixels;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(8, 8);
  header.writeUInt8(COLOUR_TYPE_RGB, 9);

  const stride = 3 * width;
  const rows = Buffer.alloc(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    rows.set(data.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  }
  const body = await deflateAsync(rows, { level: 1 });
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    ...Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text)),
    chunk('IDAT', body),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The texts of a PNG by keyword; empty when the bytes are no PNG. Compressed texts are left out. */
export function readPngTexts(bytes: Buffer): Record<string, string> {
  const texts: Record<string, string> = {};
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) return texts;
  let at = 8;
  while (at + 12 <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const body = bytes.subarray(at + 8, at + 8 + length);
    const split = body.indexOf(0);
    if (type === 'tEXt' && split > 0) {
      texts[body.toString('latin1', 0, split)] = body.toString('latin1', split + 1);
    }
    // Keyword, 0, two flag bytes, language 0, translated keyword 0, text: both names are empty in our own chunks.
    if (type === 'iTXt' && split > 0 && body[split + 1] === 0) {
      const language = body.indexOf(0, split + 3);
      const translated = body.indexOf(0, language + 1);
      texts[body.toString('latin1', 0, split)] = body.toString('utf8', translated + 1);
    }
    at += 12 + length;
  }
  return texts;
}

function textChunk(keyword: string, text: string): Buffer {
  const isLatin = Buffer.from(text, 'latin1').toString('latin1') === text;
  return isLatin
    ? chunk('tEXt', Buffer.from(`${keyword}\0${text}`, 'latin1'))
    : chunk('iTXt', Buffer.from(`${keyword}\0\0\0\0\0${text}`, 'utf8'));
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const whole = Buffer.alloc(named.length + 8);
  whole.writeUInt32BE(body.length, 0);
  named.copy(whole, 4);
  whole.writeUInt32BE(crc32(named), named.length + 4);
  return whole;
}
