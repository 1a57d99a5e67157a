import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../../src/images/decode.ts';
import { damageOf } from '../../../../src/shared/files/image-file.ts';

const pixels = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251));
const image = (): Sharp => sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } });
const files: readonly (readonly [string, Buffer])[] = [
  ['png', await image().png().toBuffer()],
  ['jpeg', await image().jpeg().toBuffer()],
  ['webp', await image().webp().toBuffer()],
];

describe.each(files)('%s', (_, file) => {
  it('whole', () => {
    expect(damageOf(file)).toBeUndefined();
    expect(damageOf(Buffer.concat([Buffer.alloc(3), file]).subarray(3))).toBeUndefined();
  });

  it('cut anywhere', () => {
    for (let length = 0; length < file.length; length += 97) {
      expect(damageOf(file.subarray(0, length))).toMatch(/it is empty|ends in the middle|is not a PNG/);
    }
  });
});

describe('a PNG', () => {
  const [, png] = files[0] ?? ['', Buffer.alloc(0)];

  it('with any changed byte is damaged, or decodes to the same pixels', async () => {
    const whole = await decodeImage(png);
    for (let at = 0; at < png.length; at += 131) {
      const changed = Buffer.from(png);
      changed[at] = (changed[at] ?? 0) ^ 0x41;
      if (damageOf(changed) !== undefined) continue;
      expect((await decodeImage(changed)).data).toEqual(whole.data);
    }
  });

  it('may have something behind its end', () => {
    expect(damageOf(Buffer.concat([png, Buffer.from('more')]))).toBeUndefined();
  });
});

it('says what came in the place of an image', () => {
  expect(damageOf(Buffer.from('<html>Bad gateway</html>'))).toBe(
    'it begins with "<html>Bad gatewa" and is not a PNG, JPEG or WebP',
  );
});
