import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, decodeWithin, hashPixels, sizeOf } from '../../../src/images/decode.ts';
import { asSharp, draw, plain, withNoise } from '../score/images.ts';

const image = withNoise(
  draw(48, 32, (x, y) => [5 * x, 8 * y, 128]),
  9,
);

describe('decodeWithin', () => {
  it('fits an image into a box at its own ratio, and makes it larger only where that is wanted', async () => {
    const file = await asSharp(image).png().toBuffer();
    expect(await sizeOf(file)).toEqual({ width: 48, height: 32 });
    const sizes = [
      [await decodeWithin(file, { width: 24, height: 100 }), 24, 16],
      [await decodeWithin(file, { width: 100, height: 8 }), 12, 8],
      [await decodeWithin(file, { width: 96, height: 96 }), 48, 32],
      [await decodeWithin(file, { width: 96, height: 96 }, true), 96, 64],
    ] as const;
    for (const [{ width, height, data }, ...size] of sizes) {
      expect([width, height]).toEqual(size);
      expect(data).toHaveLength(3 * width * height);
    }
  });

  it('refuses what decodeImage refuses', async () => {
    const jpeg = await asSharp(image).jpeg().toBuffer();
    for (const bytes of [new Uint8Array(), Buffer.from('GIF89a'), jpeg.subarray(0, 500)])
      await expect(decodeWithin(bytes, { width: 9, height: 9 })).rejects.toMatchObject({
        code: 'image-broken',
      });
    for (const bytes of [new Uint8Array(), Buffer.from('GIF89a')])
      await expect(sizeOf(bytes)).rejects.toMatchObject({ code: 'image-broken' });
  });
});

describe('decodeImage', () => {
  it('gives back the pixels of a PNG and of a lossless WebP', async () => {
    for (const file of [
      await asSharp(image).png().toBuffer(),
      await asSharp(image).webp({ lossless: true }).toBuffer(),
    ]) {
      const { width, height, data } = await decodeImage(file);
      expect([width, height]).toEqual([48, 32]);
      expect(Buffer.from(image.data).equals(data)).toBe(true);
    }
  });

  it('comes near the pixels of a JPEG', async () => {
    const { data } = await decodeImage(
      await asSharp(draw(32, 32, () => [200, 90, 30]))
        .jpeg({ quality: 95 })
        .toBuffer(),
    );
    expect(largestDifference(data, [200, 90, 30])).toBeLessThanOrEqual(2);
  });

  it('lays alpha on white', async () => {
    const rgba = sharp(Uint8Array.of(0, 0, 0, 128, 200, 100, 50, 0, 9, 8, 7, 255), {
      raw: { width: 3, height: 1, channels: 4 },
    });
    expect([...(await decodeImage(await rgba.png().toBuffer())).data]).toEqual([
      127, 127, 127, 255, 255, 255, 9, 8, 7,
    ]);
  });

  it('spreads grey, with and without alpha, over three channels', async () => {
    const grey = sharp(Uint8Array.of(0, 100, 255), { raw: { width: 3, height: 1, channels: 1 } });
    const png = await grey.toColourspace('b-w').png().toBuffer();
    expect((await sharp(png).metadata()).channels).toBe(1);
    expect([...(await decodeImage(png)).data]).toEqual([0, 0, 0, 100, 100, 100, 255, 255, 255]);
    const greyAlpha = sharp(Uint8Array.of(0, 128, 200, 0), { raw: { width: 2, height: 1, channels: 2 } });
    expect([...(await decodeImage(await greyAlpha.png().toBuffer())).data]).toEqual([
      127, 127, 127, 255, 255, 255,
    ]);
  });

  it('looks palettes up', async () => {
    const four = draw(8, 8, (x, y) => (x < 4 ? [255, 0, 0] : y < 4 ? [0, 0, 255] : [0, 255, 0]));
    const png = await asSharp(four).png({ palette: true }).toBuffer();
    expect((await sharp(png).metadata()).isPalette).toBe(true);
    expect(Buffer.from(four.data).equals((await decodeImage(png)).data)).toBe(true);
  });

  it('keeps the upper byte of 16-bit channels', async () => {
    const deep = sharp(Uint16Array.of(0xabcd, 0x1234, 0xffff, 0x00ff, 0x0080, 0x7fff), {
      raw: { width: 2, height: 1, channels: 3 },
    });
    const png = await deep.toColourspace('rgb16').png().toBuffer();
    expect((await sharp(png).metadata()).depth).toBe('ushort');
    expect([...(await decodeImage(png)).data]).toEqual([0xab, 0x12, 0xff, 0, 0, 0x7f]);
  });

  it('converts CMYK', async () => {
    const jpeg = await asSharp(draw(16, 16, () => [200, 120, 80]))
      .toColourspace('cmyk')
      .jpeg({ quality: 95 })
      .toBuffer();
    expect((await sharp(jpeg).metadata()).space).toBe('cmyk');
    const { width, data } = await decodeImage(jpeg);
    expect([width, data.length]).toEqual([16, 768]);
    // Not every sRGB colour survives the way through inks.
    expect(largestDifference(data, [200, 120, 80])).toBeLessThanOrEqual(16);
  });

  it('takes the first frame of an animation', async () => {
    const frames = sharp(Uint8Array.of(255, 0, 0, 0, 0, 255), {
      raw: { width: 1, height: 2, channels: 3, pageHeight: 1 },
    });
    const webp = await frames.webp({ lossless: true }).toBuffer();
    expect((await sharp(webp).metadata()).pages).toBe(2);
    expect(await decodeImage(webp)).toMatchObject({ width: 1, height: 1, data: Buffer.from([255, 0, 0]) });
  });

  it('takes the first frame of an animation with alpha, on white', async () => {
    const frames = sharp(Uint8Array.of(255, 0, 0, 128, 0, 0, 255, 255), {
      raw: { width: 1, height: 2, channels: 4, pageHeight: 1 },
    });
    expect([...(await decodeImage(await frames.webp({ lossless: true }).toBuffer())).data]).toEqual([
      255, 127, 127,
    ]);
  });

  it.each(['png', 'jpeg', 'webp'] as const)(
    'does not turn a %s by its EXIF orientation, whatever it says',
    async (format) => {
      const [upright, ...turned] = await Promise.all(
        ['1', '3', '6', '8'].map(async (Orientation) =>
          decodeImage(await asSharp(image).withExif({ IFD0: { Orientation } }).toFormat(format).toBuffer()),
        ),
      );
      expect(upright).toMatchObject({ width: 48, height: 32 });
      for (const other of turned) expect(other).toEqual(upright);
    },
  );

  it('reads interlaced PNG and progressive JPEG like the plain ones', async () => {
    for (const format of ['png', 'jpeg'] as const) {
      const plainFile = await asSharp(image).toFormat(format, { progressive: false }).toBuffer();
      const interlaced = await asSharp(image).toFormat(format, { progressive: true }).toBuffer();
      expect(interlaced.equals(plainFile)).toBe(false);
      expect(hashPixels(await decodeImage(interlaced))).toBe(hashPixels(await decodeImage(plainFile)));
    }
  });

  it('spreads 16-bit grey with alpha and 1-bit grey', async () => {
    const deep = sharp(Uint16Array.of(0, 0x8000, 0xab12, 0xffff), {
      raw: { width: 2, height: 1, channels: 2 },
    });
    const file = await deep.toColourspace('grey16').png().toBuffer();
    expect((await sharp(file).metadata()).depth).toBe('ushort');
    expect([...(await decodeImage(file)).data]).toEqual([127, 127, 127, 0xab, 0xab, 0xab]);
    const bits = png({ width: 9, height: 1, depth: 1, colourType: 0 }, Buffer.of(0, 0b1010_0000, 0x80));
    const { data } = await decodeImage(bits);
    expect([...data].filter((_, i) => i % 3 === 0)).toEqual([255, 0, 255, 0, 0, 0, 0, 0, 255]);
  });

  it('tells the formats of one reply apart by themselves', async () => {
    const files = await Promise.all([
      asSharp(image).webp({ lossless: true }).toBuffer(),
      asSharp(image).jpeg().toBuffer(),
      asSharp(image).png().toBuffer(),
      asSharp(image).gif().toBuffer(),
      asSharp(image).png({ progressive: true }).toBuffer(),
    ]);
    const results = await Promise.allSettled(files.map((file) => decodeImage(file)));
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    const hashes = results.map((result) => (result.status === 'fulfilled' ? hashPixels(result.value) : ''));
    expect([hashes[2], hashes[4]]).toEqual([hashes[0], hashes[0]]);
    expect(hashes[1]).not.toBe(hashes[0]);
  });

  it('does not mind bytes behind the end, or a damaged text in front of the pixels', async () => {
    const file = await asSharp(image).png().toBuffer();
    const longer = Buffer.concat([file, Buffer.from('more')]);
    expect(hashPixels(await decodeImage(longer))).toBe(hashPixels(image));
    const text = chunk('tEXt', Buffer.from('parameters\0a cat'));
    text.writeUInt8(text.readUInt8(text.length - 1) ^ 1, text.length - 1);
    expect(hashPixels(await decodeImage(withChunk(file, text)))).toBe(hashPixels(image));
  });

  it('takes 1 × 1 and 8192 × 8192 pixels', async () => {
    expect([
      ...(
        await decodeImage(
          await asSharp(plain(1, 1, 9))
            .png()
            .toBuffer(),
        )
      ).data,
    ]).toEqual([9, 9, 9]);
    const large = sharp({ create: { width: 8192, height: 8192, channels: 3, background: '#102030' } });
    const { width, height, data } = await decodeImage(await large.png({ compressionLevel: 1 }).toBuffer());
    expect([width, height, data.length, data.at(-1)]).toEqual([8192, 8192, 3 * 8192 ** 2, 0x30]);
  });
});

describe('broken images', () => {
  it.each(['png', 'jpeg', 'webp'] as const)('%s cut off anywhere', async (format) => {
    const file = await asSharp(image).toFormat(format).toBuffer();
    // A PNG without its 12 closing bytes has lost nothing.
    const whole = file.length - (format === 'png' ? 12 : 0);
    for (const length of [9, 30, file.length >> 2, file.length >> 1, file.length - 40, whole - 1]) {
      await expect(decodeImage(file.subarray(0, length))).rejects.toThrow(brokenImage(/./));
    }
  });

  it('a PNG with one flipped bit', async () => {
    const file = await asSharp(image).png().toBuffer();
    file.writeUInt8(file.readUInt8(400) ^ 0x10, 400);
    await expect(decodeImage(file)).rejects.toThrow(brokenImage(/libpng read error/));
  });

  it('nothing at all', async () => {
    await expect(decodeImage(new Uint8Array())).rejects.toThrow(
      brokenImage(/cannot be decoded: it is empty; generate it again/),
    );
  });

  it('an error page, an SVG and a GIF', async () => {
    await expect(decodeImage(Buffer.from('<html>502 Bad Gateway</html>'))).rejects.toThrow(
      brokenImage(/begins with 3c68746d6c3e3530 and is not a PNG, JPEG or WebP/),
    );
    await expect(
      decodeImage(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')),
    ).rejects.toThrow(brokenImage(/is not a PNG/));
    await expect(decodeImage(await asSharp(image).gif().toBuffer())).rejects.toThrow(
      brokenImage(/begins with 474946383961/),
    );
  });

  it('one pixel more than the limit', async () => {
    await expect(
      decodeImage(
        await asSharp(plain(8193, 1, 9))
          .png()
          .toBuffer(),
      ),
    ).rejects.toThrow(brokenImage(/its header says 8193 × 1 pixels, more than 8192 a side/));
  });

  it.each([
    ['60000 × 60000', 60_000, 60_000],
    ['1 × 1000000', 1, 1_000_000],
  ])('a PNG whose header promises %s pixels', async (size, width, height) => {
    const file = png({ width, height, depth: 8, colourType: 2 }, Buffer.alloc(50));
    await expect(decodeImage(file)).rejects.toThrow(
      brokenImage(new RegExp(`its header says ${size} pixels, more than 8192 a side`)),
    );
  });

  it('a JPEG and a WebP whose headers promise far too many pixels', async () => {
    const jpeg = await asSharp(plain(16, 16, 9))
      .jpeg()
      .toBuffer();
    const size = jpeg.indexOf(Buffer.of(0xff, 0xc0)) + 5;
    jpeg.writeUInt16BE(65_000, size);
    jpeg.writeUInt16BE(65_000, size + 2);
    await expect(decodeImage(jpeg)).rejects.toThrow(brokenImage(/its header says 65000 × 65000 pixels/));
    const webp = await asSharp(plain(16, 16, 9))
      .webp({ lossless: true })
      .toBuffer();
    webp.writeUInt32LE(0x3fff | (0x3fff << 14), 21);
    await expect(decodeImage(webp)).rejects.toThrow(brokenImage(/./));
  });

  it('impossible sizes', async () => {
    for (const [width, height] of [
      [0, 5],
      [5, 0],
      [0x7fff_ffff, 0x7fff_ffff],
    ] as const) {
      const file = png({ width, height, depth: 8, colourType: 2 }, Buffer.alloc(50));
      await expect(decodeImage(file)).rejects.toThrow(brokenImage(/corrupt header/));
    }
  });

  it('a size that is allowed, with the pixels of a few rows', async () => {
    const file = png(
      { width: 8192, height: 8192, depth: 8, colourType: 2 },
      Buffer.alloc(4 * (3 * 8192 + 1)),
    );
    expect(file.length).toBeLessThan(1000);
    await expect(decodeImage(file)).rejects.toThrow(brokenImage(/libpng read error/));
    const jpeg = await asSharp(plain(16, 16, 9))
      .jpeg()
      .toBuffer();
    const size = jpeg.indexOf(Buffer.of(0xff, 0xc0)) + 5;
    jpeg.writeUInt16BE(4096, size);
    jpeg.writeUInt16BE(4096, size + 2);
    await expect(decodeImage(jpeg)).rejects.toThrow(brokenImage(/premature end/));
  });

  it('a JPEG whose data ends too early, though its end mark is there', async () => {
    const file = await asSharp(image).jpeg().toBuffer();
    const mended = Buffer.concat([file.subarray(0, -200), file.subarray(-2)]);
    await expect(decodeImage(mended)).rejects.toThrow(brokenImage(/premature end of data/));
  });

  it('one format that calls itself another', async () => {
    const file = await asSharp(image).png().toBuffer();
    const masked = Buffer.concat([Buffer.of(0xff, 0xd8, 0xff), file]);
    await expect(decodeImage(masked)).rejects.toThrow(brokenImage(/./));
    const riff = Buffer.from('RIFF\x24\0\0\0WEBPVP8 ', 'latin1');
    await expect(decodeImage(Buffer.concat([riff, file]))).rejects.toThrow(brokenImage(/./));
  });

  it('a PNG without pixels, and one with a chunk that has to be understood', async () => {
    const header = { width: 4, height: 4, depth: 8, colourType: 2 };
    await expect(decodeImage(png(header, Buffer.alloc(0)))).rejects.toThrow(brokenImage(/./));
    const file = withChunk(png(header, Buffer.alloc(4 * 13)), chunk('ABCD', Buffer.alloc(3)));
    await expect(decodeImage(file)).rejects.toThrow(brokenImage(/./));
  });
});

describe('hashPixels', () => {
  it('is SHA-256 over width, height and pixels', () => {
    const bytes = Uint8Array.of(2, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4, 5, 6);
    expect(hashPixels({ width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) })).toBe(
      createHash('sha256').update(bytes).digest('hex'),
    );
  });

  it('tells shapes of the same bytes apart and files of the same pixels not', async () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
    expect(hashPixels({ width: 1, height: 2, data })).not.toBe(hashPixels({ width: 2, height: 1, data }));
    const png = await asSharp(image).png({ compressionLevel: 1 }).toBuffer();
    const webp = await asSharp(image).webp({ lossless: true }).toBuffer();
    expect(hashPixels(await decodeImage(png))).toBe(hashPixels(await decodeImage(webp)));
  });
});

function brokenImage(message: RegExp): unknown {
  return expect.objectContaining({
    code: 'image-broken',
    kind: 'run',
    message: expect.stringMatching(message),
  });
}

interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  /** 0 grey, 2 RGB. */
  readonly colourType: number;
}

/** Rows with their filter bytes in a PNG of any header. */
function png({ width, height, depth, colourType }: PngHeader, rows: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(depth, 8);
  header.writeUInt8(colourType, 9);
  return Buffer.concat([
    Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data]);
  const file = Buffer.alloc(named.length + 8);
  file.writeUInt32BE(data.length, 0);
  named.copy(file, 4);
  file.writeUInt32BE(crc32(named), named.length + 4);
  return file;
}

/** The same PNG with one more chunk behind its header. */
function withChunk(file: Buffer, added: Buffer): Buffer {
  return Buffer.concat([file.subarray(0, 33), added, file.subarray(33)]);
}

/** Of any channel from one colour. */
function largestDifference(data: Uint8Array, colour: readonly number[]): number {
  return data.reduce((most, value, i) => Math.max(most, Math.abs(value - (colour[i % 3] ?? Number.NaN))), 0);
}
