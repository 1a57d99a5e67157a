import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture, hashPixels } from '../../../src/score/decode.ts';
import { asSharp, draw, plain, withNoise } from './pictures.ts';

const picture = withNoise(
  draw(48, 32, (x, y) => [5 * x, 8 * y, 128]),
  9,
);

describe('decodePicture', () => {
  it('gives back the pixels of a PNG and of a lossless WebP', async () => {
    for (const file of [
      await asSharp(picture).png().toBuffer(),
      await asSharp(picture).webp({ lossless: true }).toBuffer(),
    ]) {
      const { width, height, data } = await decodePicture(file);
      expect([width, height]).toEqual([48, 32]);
      expect(Buffer.from(picture.data).equals(data)).toBe(true);
    }
  });

  it('comes near the pixels of a JPEG', async () => {
    const { data } = await decodePicture(
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
    expect([...(await decodePicture(await rgba.png().toBuffer())).data]).toEqual([
      127, 127, 127, 255, 255, 255, 9, 8, 7,
    ]);
  });

  it('spreads grey, with and without alpha, over three channels', async () => {
    const grey = sharp(Uint8Array.of(0, 100, 255), { raw: { width: 3, height: 1, channels: 1 } });
    const png = await grey.toColourspace('b-w').png().toBuffer();
    expect((await sharp(png).metadata()).channels).toBe(1);
    expect([...(await decodePicture(png)).data]).toEqual([0, 0, 0, 100, 100, 100, 255, 255, 255]);
    const greyAlpha = sharp(Uint8Array.of(0, 128, 200, 0), { raw: { width: 2, height: 1, channels: 2 } });
    expect([...(await decodePicture(await greyAlpha.png().toBuffer())).data]).toEqual([
      127, 127, 127, 255, 255, 255,
    ]);
  });

  it('looks palettes up', async () => {
    const four = draw(8, 8, (x, y) => (x < 4 ? [255, 0, 0] : y < 4 ? [0, 0, 255] : [0, 255, 0]));
    const png = await asSharp(four).png({ palette: true }).toBuffer();
    expect((await sharp(png).metadata()).isPalette).toBe(true);
    expect(Buffer.from(four.data).equals((await decodePicture(png)).data)).toBe(true);
  });

  it('keeps the upper byte of 16-bit channels', async () => {
    const deep = sharp(Uint16Array.of(0xabcd, 0x1234, 0xffff, 0x00ff, 0x0080, 0x7fff), {
      raw: { width: 2, height: 1, channels: 3 },
    });
    const png = await deep.toColourspace('rgb16').png().toBuffer();
    expect((await sharp(png).metadata()).depth).toBe('ushort');
    expect([...(await decodePicture(png)).data]).toEqual([0xab, 0x12, 0xff, 0, 0, 0x7f]);
  });

  it('converts CMYK', async () => {
    const jpeg = await asSharp(draw(16, 16, () => [200, 120, 80]))
      .toColourspace('cmyk')
      .jpeg({ quality: 95 })
      .toBuffer();
    expect((await sharp(jpeg).metadata()).space).toBe('cmyk');
    const { width, data } = await decodePicture(jpeg);
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
    expect(await decodePicture(webp)).toMatchObject({ width: 1, height: 1, data: Buffer.from([255, 0, 0]) });
  });

  it('does not turn the picture by its EXIF orientation', async () => {
    const jpeg = await asSharp(picture)
      .withExif({ IFD0: { Orientation: '6' } })
      .jpeg()
      .toBuffer();
    expect(await decodePicture(jpeg)).toMatchObject({ width: 48, height: 32 });
  });

  it('takes 1 × 1 and 8192 × 8192 pixels', async () => {
    expect([
      ...(
        await decodePicture(
          await asSharp(plain(1, 1, 9))
            .png()
            .toBuffer(),
        )
      ).data,
    ]).toEqual([9, 9, 9]);
    const large = sharp({ create: { width: 8192, height: 8192, channels: 3, background: '#102030' } });
    const { width, height, data } = await decodePicture(await large.png({ compressionLevel: 1 }).toBuffer());
    expect([width, height, data.length, data.at(-1)]).toEqual([8192, 8192, 3 * 8192 ** 2, 0x30]);
  });
});

describe('broken pictures', () => {
  it.each(['png', 'jpeg', 'webp'] as const)('%s cut off anywhere', async (format) => {
    const file = await asSharp(picture).toFormat(format).toBuffer();
    // A PNG without its 12 closing bytes has lost nothing.
    const whole = file.length - (format === 'png' ? 12 : 0);
    for (const length of [9, 30, file.length >> 2, file.length >> 1, file.length - 40, whole - 1]) {
      await expect(decodePicture(file.subarray(0, length))).rejects.toThrow(brokenImage(/./));
    }
  });

  it('a PNG with one flipped bit', async () => {
    const file = await asSharp(picture).png().toBuffer();
    file.writeUInt8(file.readUInt8(400) ^ 0x10, 400);
    await expect(decodePicture(file)).rejects.toThrow(brokenImage(/libpng read error/));
  });

  it('nothing at all', async () => {
    await expect(decodePicture(new Uint8Array())).rejects.toThrow(
      brokenImage(/cannot be decoded: it is empty; generate it again/),
    );
  });

  it('an error page, an SVG and a GIF', async () => {
    await expect(decodePicture(Buffer.from('<html>502 Bad Gateway</html>'))).rejects.toThrow(
      brokenImage(/begins with 3c68746d6c3e3530 and is no PNG, JPEG or WebP/),
    );
    await expect(
      decodePicture(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')),
    ).rejects.toThrow(brokenImage(/is no PNG/));
    await expect(decodePicture(await asSharp(picture).gif().toBuffer())).rejects.toThrow(
      brokenImage(/begins with 474946383961/),
    );
  });

  it('one pixel more than the limit', async () => {
    await expect(
      decodePicture(
        await asSharp(plain(8193, 1, 9))
          .png()
          .toBuffer(),
      ),
    ).rejects.toThrow(brokenImage(/its header says 8193 × 1 pixels, more than 8192 a side/));
  });

  it('a header that promises 60000 × 60000 pixels', async () => {
    const file = await asSharp(plain(4, 4, 9))
      .png()
      .toBuffer();
    file.writeUInt32BE(60_000, 16);
    file.writeUInt32BE(60_000, 20);
    file.writeUInt32BE(crc32(file.subarray(12, 29)), 29);
    await expect(decodePicture(file)).rejects.toThrow(brokenImage(/60000 × 60000|pixel limit/));
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
    const png = await asSharp(picture).png({ compressionLevel: 1 }).toBuffer();
    const webp = await asSharp(picture).webp({ lossless: true }).toBuffer();
    expect(hashPixels(await decodePicture(png))).toBe(hashPixels(await decodePicture(webp)));
  });
});

function brokenImage(message: RegExp): unknown {
  return expect.objectContaining({
    code: 'image-broken',
    kind: 'run',
    message: expect.stringMatching(message),
  });
}

/** Of any channel from one colour. */
function largestDifference(data: Uint8Array, colour: readonly number[]): number {
  return data.reduce((most, value, i) => Math.max(most, Math.abs(value - (colour[i % 3] ?? Number.NaN))), 0);
}
