import { writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { Thumbnails } from '../../../../src/page/gallery/thumbnails.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder('thumbnails');
});

async function pictureAt(name: string, background = '#458'): Promise<string> {
  const file = path.join(folder, name);
  const image = sharp({ create: { width: 800, height: 600, channels: 3, background } });
  writeFileSync(file, await image.png().toBuffer());
  return file;
}

describe('small copies', () => {
  it('have 320 pixels on the longer side, and are made once', async () => {
    const thumbnails = new Thumbnails();
    const file = await pictureAt('a.png');
    const [one, other] = await Promise.all([thumbnails.of(file), thumbnails.of(file)]);
    expect(await thumbnails.of(file)).toBe(one);
    expect(other).toBe(one);
    const { width, height } = await sharp(one).metadata();
    expect([width, height]).toEqual([320, 240]);
  });

  it('are made anew for another picture of the same name', async () => {
    const thumbnails = new Thumbnails();
    const before = await thumbnails.of(await pictureAt('a.png'));
    const file = await pictureAt('a.png', '#fff');
    writeFileSync(path.join(folder, 'b.txt'), 'x');
    const after = await thumbnails.of(file);
    expect(after.equals(before)).toBe(false);
  });

  it('are not made for those who have gone, and the next ones come all the same', async () => {
    const thumbnails = new Thumbnails();
    const files = await Promise.all(Array.from({ length: 12 }, async (_, i) => pictureAt(`${i}.png`)));
    let gone = 0;
    const outcomes = await Promise.allSettled(
      files.map(async (file, i) =>
        thumbnails.of(file, () => {
          if (i % 2 === 0) return true;
          gone++;
          return false;
        }),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(
      files.map((_, i) => (i % 2 === 0 ? 'fulfilled' : 'rejected')),
    );
    expect(gone).toBe(6);
  });

  it('come to those who wait although the one who asked first has gone', async () => {
    const thumbnails = new Thumbnails();
    const file = await pictureAt('a.png');
    // Which of the two finds its file first is up to the disk: only whoever does is asked whether it still waits.
    let isAsked = false;
    const hasGone = (): boolean => {
      isAsked = true;
      return false;
    };
    const [first, second] = await Promise.allSettled([thumbnails.of(file, hasGone), thumbnails.of(file)]);
    expect([first.status, second.status]).toEqual([isAsked ? 'rejected' : 'fulfilled', 'fulfilled']);
  });

  it.each([
    [
      'a drawing that would be computed',
      () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    ],
    [
      'more pixels than any of ours',
      async () =>
        sharp({ create: { width: 9000, height: 4, channels: 3, background: '#fff' } })
          .png()
          .toBuffer(),
    ],
  ])('are not made of %s', async (_, bytes) => {
    const file = path.join(folder, 'a.png');
    writeFileSync(file, await bytes());
    await expect(new Thumbnails().of(file)).rejects.toThrow('An image cannot be decoded');
  });

  it('fail for what is no picture, again and again', async () => {
    const thumbnails = new Thumbnails();
    const file = path.join(folder, 'a.png');
    writeFileSync(file, 'no picture');
    for (let i = 0; i < 5; i++) await expect(thumbnails.of(file)).rejects.toThrow('not a PNG, JPEG or WebP');
    expect((await thumbnails.of(await pictureAt('b.png'))).length).toBeGreaterThan(0);
  });
});
