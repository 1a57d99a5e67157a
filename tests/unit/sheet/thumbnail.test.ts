import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { thumbnail, type ThumbnailFormat } from '../../../src/sheet/index.ts';

const image = await sharp({ create: { width: 800, height: 600, channels: 4, background: '#ff000080' } })
  .png()
  .toBuffer();

describe('thumbnail', () => {
  it.each<ThumbnailFormat>(['webp', 'jpeg', 'png'])('is a smaller %s at the same ratio', async (format) => {
    const small = await sharp(await thumbnail(image, 200, format)).metadata();
    expect(small).toMatchObject({ width: 200, height: 150, format, channels: 3 });
  });

  it('makes no image larger', async () => {
    expect(await sharp(await thumbnail(image, 2000)).metadata()).toMatchObject({ width: 800, height: 600 });
  });

  it('refuses what is no image, and one that is cut off', async () => {
    const jpeg = await sharp(image).flatten().jpeg().toBuffer();
    for (const bytes of [Buffer.from('text'), new Uint8Array(), jpeg.subarray(0, jpeg.length / 2)])
      await expect(thumbnail(bytes, 100)).rejects.toMatchObject({ code: 'image-broken' });
  });
});
