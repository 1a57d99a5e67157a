import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { commentExif, readExifComment } from '../../../src/images/exif-comment.ts';
import { parseInfotext, readInfotext } from '../../../src/images/infotext.ts';
import { pngText } from '../../../src/images/png-text.ts';
import { formatOf, toWebp } from '../../../src/images/webp.ts';
import { decodeImage, hashPixels } from '../../../src/images/decode.ts';
import { encodePng } from '../../../src/simulator/png.ts';

const TEXT =
  'a lighthouse,\non a cliff\nNegative prompt: blurry,\nugly\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1234, Size: 33x21';
const pixels = {
  width: 33,
  height: 21,
  data: Uint8Array.from({ length: 3 * 33 * 21 }, (_, i) => (i * 37) % 251),
};

describe('parseInfotext', () => {
  it('takes prompt, negative prompt and seed apart', () => {
    expect(parseInfotext(TEXT)).toEqual({
      text: TEXT,
      prompt: 'a lighthouse,\non a cliff',
      negativePrompt: 'blurry,\nugly',
      seed: 1234,
    });
  });

  it.each([
    ['a prompt alone\nSteps: 1, Seed: 5', 'a prompt alone', '', 5],
    ['Negative prompt: bad\nSteps: 1, Seed: 5, Variation seed: 9', '', 'bad', 5],
    ['Steps: 4, Seed: 0', '', '', 0],
    ['no settings\nNegative prompt: x', 'no settings', 'x', undefined],
    ['stairs\nSteps: 2, Seed: 3\nImageReward Score: 0.5', 'stairs', '', 3],
  ])('reads %j', (text, prompt, negativePrompt, seed) => {
    expect(parseInfotext(text)).toMatchObject({ prompt, negativePrompt, seed });
  });
});

describe('pngText', () => {
  it.each([TEXT, 'Ünïcode 灯台 🗼\nSteps: 1, Seed: 2'])('reads Latin-1 and Unicode: %j', async (text) => {
    const png = await encodePng(pixels, { other: 'x', parameters: text });
    expect(pngText(png, 'parameters')).toBe(text);
    expect((await readInfotext(png))?.text).toBe(text);
  });

  it('reads compressed texts, and takes damaged ones for none', async () => {
    const png = await encodePng(pixels);
    const withChunk = (type: string, body: Buffer): Buffer => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(body.length);
      const chunk = Buffer.concat([length, Buffer.from(type, 'latin1'), body, Buffer.alloc(4)]);
      return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
    };
    const zip = deflateSync(Buffer.from('straße', 'utf8'));
    const itxt = Buffer.concat([Buffer.from('parameters\0\u0001\0de\0\0', 'latin1'), zip]);
    expect(pngText(withChunk('iTXt', itxt), 'parameters')).toBe('straße');
    const ztxt = Buffer.concat([Buffer.from('parameters\0\0', 'latin1'), deflateSync(Buffer.from('hi'))]);
    expect(pngText(withChunk('zTXt', ztxt), 'parameters')).toBe('hi');
    expect(pngText(withChunk('zTXt', ztxt.subarray(0, 14)), 'parameters')).toBeUndefined();
    expect(pngText(withChunk('iTXt', Buffer.from('parameters\0')), 'parameters')).toBeUndefined();
  });

  it('gives up on a file of endless parts, or of endless texts that cannot be read', async () => {
    const png = await encodePng(pixels, { parameters: TEXT });
    const [head, rest] = [png.subarray(0, 33), png.subarray(33)];
    const empty = Buffer.from('\0\0\0\0abCd\0\0\0\0', 'latin1');
    const text = Buffer.from('\0\0\0\u000FzTXtparameters\0\0bad\0\0\0\0', 'latin1');
    const within = (part: Buffer, count: number): string | undefined =>
      pngText(Buffer.concat([head, ...Array<Buffer>(count).fill(part), rest]), 'parameters');
    expect([within(empty, 1000), within(text, 2)]).toEqual([TEXT, TEXT]);
    expect([within(empty, 200_001), within(text, 100)]).toEqual([undefined, undefined]);
  });

  it('finds nothing in what is no PNG, or cut off', async () => {
    const png = await encodePng(pixels, { parameters: TEXT });
    expect(pngText(Buffer.from('GIF89a'), 'parameters')).toBeUndefined();
    expect(pngText(png.subarray(0, 20), 'parameters')).toBeUndefined();
  });
});

describe('toWebp', () => {
  it.each(['a cat\nSteps: 1, Seed: 2', 'Ünïcode 灯台 🗼\nSteps: 1, Seed: 2'])(
    'keeps every pixel, and the infotext %j',
    async (text) => {
      const png = await encodePng(pixels);
      const webp = await toWebp(png, text);
      expect(formatOf(webp)).toBe('webp');
      expect(hashPixels(await decodeImage(webp))).toBe(hashPixels(await decodeImage(png)));
      const { width, height, hasAlpha, exif } = await sharp(webp).metadata();
      expect({ width, height, hasAlpha }).toEqual({ width: 33, height: 21, hasAlpha: false });
      expect(readExifComment(exif ?? Buffer.alloc(0))).toBe(text);
      expect((await readInfotext(webp))?.text).toBe(text);
      expect(webp.readUInt32LE(4)).toBe(webp.length - 8);
    },
  );

  it('takes the infotext out of the PNG where the server reported none', async () => {
    const png = await encodePng(pixels, { parameters: TEXT });
    expect((await readInfotext(await toWebp(png, null)))?.seed).toBe(1234);
    expect(await readInfotext(await toWebp(await encodePng(pixels), null))).toBeUndefined();
  });
});

describe('readExifComment', () => {
  it('reads little-endian files and other encodings', () => {
    const text = Buffer.from('hello', 'utf16le');
    const comment = Buffer.concat([Buffer.from('UNICODE\0'), text]);
    const tiff = Buffer.alloc(44 + comment.length);
    tiff.write('II*\0', 'latin1');
    tiff.writeUInt32LE(8, 4);
    for (const [at, tag, type, count, value] of [
      [8, 0x8769, 4, 1, 26],
      [26, 0x9286, 7, comment.length, 44],
    ] as const) {
      tiff.writeUInt16LE(1, at);
      tiff.writeUInt16LE(tag, at + 2);
      tiff.writeUInt16LE(type, at + 4);
      tiff.writeUInt32LE(count, at + 6);
      tiff.writeUInt32LE(value, at + 10);
    }
    comment.copy(tiff, 44);
    expect(readExifComment(tiff)).toBe('hello');
    expect(readExifComment(Buffer.concat([Buffer.from('Exif\0\0'), tiff]))).toBe('hello');
    tiff.write('ASCII\0\0\0hello', 44, 'latin1');
    expect(readExifComment(tiff)?.slice(0, 5)).toBe('hello');
  });

  it('takes nonsense for no comment', () => {
    const good = commentExif('x');
    for (let length = 0; length < 44; length++)
      expect(readExifComment(good.subarray(0, length))).toBeUndefined();
    expect(readExifComment(Buffer.from('no exif at all'))).toBeUndefined();
  });
});
