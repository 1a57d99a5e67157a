/** Sheets as pixels. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/images/decode.ts';
import { drawSheet, type SheetCell, type SheetContent } from '../../../src/sheet/index.ts';
import type { Pixels } from '../../../src/types.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const RED = [255, 0, 0];
const BOX = [0xf1, 0xf3, 0xf5];

async function plain(width: number, height: number, [r = 0, g = 0, b = 0] = RED): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();
}

function contentOf(cells: readonly (readonly SheetCell[])[], more: Partial<SheetContent> = {}): SheetContent {
  return {
    title: 'coast = crisp + vivid',
    notes: ['Images of the search'],
    columns: (cells[0] ?? []).map((_, c) => ({ label: `payload ${c}`, detail: `seed ${c}` })),
    rows: cells.map((row, r) => ({ label: `row ${r}`, details: ['score 0.5000'], cells: row })),
    ...more,
  };
}

async function pixelsOf(content: SheetContent, width?: number): Promise<Pixels & { columns: number }> {
  const { bytes, columns } = await drawSheet(content, { format: 'png', width });
  return { ...(await decodeImage(bytes)), columns };
}

/** Columns and rows of the sheet that have the colour. */
function extentOf({ width, height, data }: Pixels, colour: readonly number[]) {
  const found = { left: width, right: -1, top: height, bottom: -1, count: 0 };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 3 * (y * width + x);
      if (colour.some((value, i) => data[at + i] !== value)) continue;
      found.left = Math.min(found.left, x);
      found.right = Math.max(found.right, x);
      found.top = Math.min(found.top, y);
      found.bottom = Math.max(found.bottom, y);
      found.count++;
    }
  }
  return { ...found, width: found.right - found.left + 1, height: found.bottom - found.top + 1 };
}

const cellOf = (image: Buffer | string): SheetCell => ({ image, caption: '0.5000' });

describe('a sheet', () => {
  it('shows small images larger, at their own ratio', async () => {
    const sheet = await pixelsOf(contentOf([[cellOf(await plain(64, 96))]]));
    expect(extentOf(sheet, RED)).toMatchObject({ width: 256, height: 384, count: 256 * 384 });
  });

  it('has cells of one size, with bars beside images of another one', async () => {
    const blue = [0, 0, 255];
    const images = [await plain(600, 300), await plain(300, 600, blue)];
    const sheet = await pixelsOf(contentOf([images.map(cellOf)]));
    const [wide, tall] = [extentOf(sheet, RED), extentOf(sheet, blue)];
    expect(wide.width).toBe(2 * wide.height);
    expect(tall).toMatchObject({ width: wide.height, height: wide.width });
    expect(extentOf(sheet, BOX).count).toBe(2 * wide.width * tall.height - wide.count - tall.count);
    expect(extentOf(sheet, BOX).bottom).toBe(tall.bottom);
  });

  it('is never wider than is asked, and leaves out columns before nothing can be seen', async () => {
    const image = await plain(512, 512);
    const many = contentOf([Array.from({ length: 48 }, () => cellOf(image))]);
    for (const width of [240, 480, 1000]) {
      const sheet = await pixelsOf(many, width);
      expect(sheet.width).toBeLessThanOrEqual(width);
      expect(sheet.columns).toBeLessThan(48);
      expect(extentOf(sheet, RED).count / sheet.columns).toBeGreaterThanOrEqual(72 * 72);
    }
    expect((await drawSheet(many, { format: 'webp' })).columns).toBe(48);
  });

  it('has its letters without any font of the machine', async () => {
    const content = contentOf([[cellOf(await plain(64, 64))]]);
    const sheet = await pixelsOf(content);
    const images = extentOf(sheet, RED);
    const ink = extentOf(sheet, [0x1f, 0x23, 0x28]);
    expect(ink.top).toBeLessThan(40);
    expect(ink.left).toBeLessThan(images.left);
    const other = { ...content, rows: content.rows.map((row) => ({ ...row, label: 'another' })) };
    expect(Buffer.from((await pixelsOf(other)).data).equals(Buffer.from(sheet.data))).toBe(false);
  });

  it('stands what names may hold', async () => {
    const cells = [[cellOf(await plain(64, 64))]];
    const odd = ['<b> & "c"', 'a\u0000\u0007b', '海岸の夕暮れ', 'قرية', '\uD800', '', 'x'.repeat(5000)];
    for (const name of odd) {
      const content = contentOf(cells, {
        title: name,
        notes: [name],
        columns: [{ label: name, detail: name }],
      });
      const rows = content.rows.map((row) => ({ ...row, label: name, details: [name] }));
      for (const width of [undefined, 300])
        expect(extentOf(await pixelsOf({ ...content, rows }, width), RED).count).toBeGreaterThan(0);
    }
  });

  it('leaves an empty cell where a file is missing, damaged, empty, a folder or no image', async () => {
    const folder = temporaryFolder();
    const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251));
    const whole = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .png()
      .toBuffer();
    const files = { 'cut.png': whole.subarray(0, whole.length / 2), 'empty.png': '', 'text.png': 'no image' };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name), bytes);
    const bad = [...Object.keys(files), 'missing.png'].map((name) => path.join(folder, name));
    const cells: SheetCell[] = [...bad, folder].map((image) => ({ image, caption: '' }));
    const none: SheetCell = { image: undefined, reason: 'not kept', caption: '0.1' };
    const sheet = await pixelsOf(contentOf([[cellOf(await plain(64, 64)), none, ...cells]]));
    const size = extentOf(sheet, RED);
    expect(size.count).toBe(256 * 256);
    // Their boxes are there, with a few words in them.
    expect(extentOf(sheet, BOX).count).toBeGreaterThan(6 * 0.8 * size.count);
    const empty = await pixelsOf(contentOf([[none, ...cells]]));
    expect(extentOf(empty, BOX).count).toBeGreaterThan(0);
  });

  it('is the same twice, and small', async () => {
    const noise = Buffer.alloc(1024 * 1024 * 3);
    let seed = 1;
    for (let i = 0; i < noise.length; i++)
      noise[i] = (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 24;
    const image = await sharp(noise, { raw: { width: 1024, height: 1024, channels: 3 } })
      .jpeg()
      .toBuffer();
    const content = contentOf(
      Array.from({ length: 3 }, () => Array.from({ length: 8 }, () => cellOf(image))),
    );
    const [one, two] = [
      await drawSheet(content, { format: 'webp' }),
      await drawSheet(content, { format: 'webp' }),
    ];
    expect(Buffer.from(one.bytes).equals(two.bytes)).toBe(true);
    expect((await drawSheet(content, { format: 'png' })).bytes.length).toBeLessThan(4e6);
  });

  it('ends when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const content = contentOf([[cellOf(await plain(64, 64))]]);
    await expect(drawSheet(content, { format: 'webp', signal })).rejects.toThrow('enough');
  });
});
