import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { embedPictures, type AlbumPlan } from '../../../src/report/embed-pictures.ts';
import type { Album } from '../../../src/report/report.ts';
import { createUniform } from '../../../src/shared/random.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

/** Noise is the hardest to compress. */
async function noise(folder: string, name: string, width: number, height: number): Promise<string> {
  const random = createUniform(name.length, width);
  const data = Uint8Array.from({ length: width * height * 3 }, () => Math.floor(random() * 256));
  const file = path.join(folder, `${name}.png`);
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 0 })
    .toFile(file);
  return file;
}

function planOf(rows: readonly (readonly (string | undefined)[])[]): AlbumPlan {
  const [first = []] = rows;
  return {
    source: 'search',
    columns: first.map((_, i) => ({ payload: `p${i}`, prompt: 'noise', seed: i })),
    rows: rows.map((files, i) => ({
      id: String(i),
      name: `row ${i}`,
      mean: 0.5,
      files: files.map((file) => (file === undefined ? 'not kept' : { file, score: 0.5 })),
    })),
    note: undefined,
  };
}

function bytesOf({ rows }: Album): number {
  const pictures = rows.flatMap((row) => row.pictures);
  return pictures.reduce((sum, one) => sum + (typeof one === 'string' ? 0 : one.uri.length), 0);
}

function sidesOf({ rows }: Album): string[] {
  return rows.flatMap((row) =>
    row.pictures.map((one) => (typeof one === 'string' ? one : `${one.width}x${one.height}`)),
  );
}

describe('the images of a report', () => {
  it('keep their size where they fit, in any format and of any shape', async () => {
    const folder = temporaryFolder();
    const files = [await noise(folder, 'a', 64, 32), await noise(folder, 'bb', 32, 64)];
    const album = await embedPictures(planOf([files]), 1e6);
    expect(sidesOf(album)).toEqual(['64x32', '32x64']);
    expect(album.note).toBeUndefined();
    const [picture] = album.rows[0]?.pictures ?? [];
    const uri = typeof picture === 'object' ? picture.uri : '';
    const [head, data = ''] = uri.split(',');
    expect(head).toBe('data:image/webp;base64');
    expect((await sharp(Buffer.from(data, 'base64')).metadata()).format).toBe('webp');
  });

  it('shrink until they fit, and then become fewer, which is said', async () => {
    const folder = temporaryFolder();
    const file = await noise(folder, 'a', 400, 200);
    const plan = planOf([Array.from({ length: 6 }, () => file), Array.from({ length: 6 }, () => file)]);
    const whole = await embedPictures(plan, 1e9);
    expect(sidesOf(whole)[0]).toBe('400x200');
    const smaller = await embedPictures(plan, bytesOf(whole) / 1.6);
    expect(bytesOf(smaller)).toBeLessThanOrEqual(bytesOf(whole) / 1.6);
    expect(smaller.columns).toHaveLength(6);
    expect(sidesOf(smaller)[0]).toMatch(/^288x/);
    const fewer = await embedPictures(plan, bytesOf(whole) / 30);
    expect(bytesOf(fewer)).toBeLessThanOrEqual(bytesOf(whole) / 30);
    expect(fewer.columns.length).toBeGreaterThan(0);
    expect(fewer.columns.length).toBeLessThan(6);
    expect(fewer.rows.map(({ pictures }) => pictures.length)).toEqual([0, 1].map(() => fewer.columns.length));
    expect(fewer.note).toContain(`${fewer.columns.length} of 6 images per merge are shown`);
  });

  it('are left out where they were not kept, are gone, cut off or something else', async () => {
    const folder = temporaryFolder();
    const good = await noise(folder, 'a', 64, 64);
    const cut = path.join(folder, 'cut.png');
    writeFileSync(cut, (await sharp(good).png().toBuffer()).subarray(0, 2000));
    const text = path.join(folder, 'text.png');
    writeFileSync(text, '<svg onload="alert(1)"/>');
    const directory = path.join(folder, 'folder.png');
    mkdirSync(directory);
    const album = await embedPictures(
      planOf([[good, undefined, path.join(folder, 'gone.png'), cut, text, directory]]),
      1e6,
    );
    expect(sidesOf(album)).toEqual([
      '64x64',
      'not kept',
      'unreadable',
      'unreadable',
      'unreadable',
      'unreadable',
    ]);
    expect(album.note).toBe('4 kept images can no longer be read.');
  });

  it('make an empty album of nothing', async () => {
    const album = await embedPictures({ source: 'search', columns: [], rows: [], note: 'None.' }, 1e6);
    expect(album).toEqual({ source: 'search', columns: [], rows: [], note: 'None.' });
  });
});
