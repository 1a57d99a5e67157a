/** Draws a sheet of images: rows and columns with labels, every image in a cell of the same size with its score below. */
import { decodeWithin, LARGEST_IMAGE, sizeOf, type Size } from '../images/decode.ts';
import { sharp } from '../images/image-library.ts';
import { isExpected } from '../shared/errors.ts';
import { isReadFailure, readRegularFile } from '../shared/files/read-file.ts';
import type { Pixels } from '../types.ts';
import { layoutOf, type Layout, type Widths } from './layout.ts';
import { heightsOf, lettersOfSheet } from './letters.ts';
import type { SheetCell, SheetContent, SheetRow } from './sheet-content.ts';

export type SheetFormat = 'webp' | 'png';

export interface DrawOptions {
  readonly format: SheetFormat;
  /** Pixels that the sheet may be wide: columns at the end are left out where their cells would be too small. */
  readonly width?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface DrawnSheet {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Columns that had room. */
  readonly columns: number;
}

/**
 * The same content gives the same bytes where the bundled font has all its letters. A file that is missing, damaged or no
 * image leaves an empty cell that says so. Images are read and made smaller one after the other.
 */
export async function drawSheet(content: SheetContent, options: DrawOptions): Promise<DrawnSheet> {
  const { format, width, signal } = options;
  const sizes = await sizesOf(content, signal);
  const wish = {
    columns: content.columns.length,
    rows: content.rows.length,
    ratio: ratioOf(sizes),
    widest: Math.max(0, ...sizes.map((size) => size.width)),
    width,
    heights: (widths: Widths) => heightsOf(content, widths),
  };
  let layout = layoutOf(wish);
  let drawn = await drawIn(layout, content, format, signal);
  // Where nobody has asked for a width, it has to go through a chat or a mail.
  const tries = width === undefined ? SMALLER_TRIES : 0;
  for (let i = 0; i < tries && drawn.length > MOST_BYTES; i++) {
    const narrower = Math.floor(layout.width * Math.max(0.5, 0.95 * Math.sqrt(MOST_BYTES / drawn.length)));
    layout = layoutOf({ ...wish, width: narrower });
    drawn = await drawIn(layout, content, format, signal);
  }
  return { bytes: drawn, width: layout.width, height: layout.height, columns: layout.columns };
}

const MOST_BYTES = 4e6;
const SMALLER_TRIES = 4;
const WEBP = { quality: 82 } as const;
/** The tone of letterboxes. */
const BOX = [0xf1, 0xf3, 0xf5] as const;

async function drawIn(
  layout: Layout,
  { title, notes, columns, rows }: SheetContent,
  format: SheetFormat,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { width, height, cell, titleHeight, headHeight, rowHeight, left } = layout;
  const canvas = { width, height, data: Buffer.alloc(width * height * 3, 0xff) };
  const shownRows: SheetRow[] = [];
  for (const [r, row] of rows.entries()) {
    const cells: SheetCell[] = [];
    for (const [c, wanted] of row.cells.slice(0, layout.columns).entries()) {
      signal?.throwIfAborted();
      const x = left + c * (cell.width + layout.gap);
      const y = titleHeight + headHeight + r * rowHeight + layout.above;
      const found = await pixelsOf(wanted, cell, signal);
      fill(canvas, { x, y, ...cell });
      if ('width' in found) place(canvas, found, { x, y, ...cell });
      cells.push('width' in found ? { ...wanted, reason: undefined } : { ...wanted, reason: found.reason });
    }
    shownRows.push({ ...row, cells });
  }
  lay(await lettersOfSheet(layout, { title, notes, columns, rows: shownRows }), canvas);
  const image = sharp(canvas.data, { raw: { width, height, channels: 3 } });
  return format === 'webp' ? image.webp(WEBP).toBuffer() : image.png(PNG).toBuffer();
}

const PNG = { compressionLevel: 9 } as const;

/** A drawing of the same size with an alpha that its colours are multiplied with. */
function lay(drawing: Uint8Array, { data }: Pixels): void {
  for (let from = 0, to = 0; from < drawing.length; from += 4, to += 3) {
    const alpha = drawing[from + 3] ?? 0;
    if (alpha === 0) continue;
    for (let channel = 0; channel < 3; channel++) {
      const below = ((data[to + channel] ?? 0) * (255 - alpha)) / 255;
      data[to + channel] = Math.min(255, Math.round((drawing[from + channel] ?? 0) + below));
    }
  }
}

interface Box extends Size {
  readonly x: number;
  readonly y: number;
}

function fill(canvas: Pixels, { x, y, width, height }: Box): void {
  const line = Buffer.alloc(width * 3);
  for (let i = 0; i < line.length; i++) line[i] = BOX[i % 3] ?? 0;
  for (let row = 0; row < height; row++) canvas.data.set(line, 3 * ((y + row) * canvas.width + x));
}

/** In the middle of the box. */
function place(canvas: Pixels, image: Pixels, box: Box): void {
  const x = box.x + Math.floor((box.width - image.width) / 2);
  const y = box.y + Math.floor((box.height - image.height) / 2);
  for (let row = 0; row < image.height; row++) {
    const line = image.data.subarray(3 * row * image.width, 3 * (row + 1) * image.width);
    canvas.data.set(line, 3 * ((y + row) * canvas.width + x));
  }
}

async function pixelsOf(
  { image, reason = 'no image' }: SheetCell,
  box: Size,
  signal: AbortSignal | undefined,
): Promise<Pixels | { readonly reason: string }> {
  if (image === undefined) return { reason };
  return readable(async () => decodeWithin(await bytesOf(image, signal), box, true));
}

/** Of the first image that can be read in each column: its other images are of the same request. */
async function sizesOf({ columns, rows }: SheetContent, signal: AbortSignal | undefined): Promise<Size[]> {
  const sizes: Size[] = [];
  for (const c of columns.keys()) {
    for (const { cells } of rows) {
      const image = cells[c]?.image;
      if (image === undefined) continue;
      const size = await readable(async () => sizeOf(await bytesOf(image, signal)));
      if ('reason' in size) continue;
      sizes.push(size);
      break;
    }
  }
  return sizes;
}

/** What most of the images are like; unlike ones get bars at two of their sides. */
function ratioOf(sizes: readonly Size[]): number {
  const ratios = sizes.map(({ width, height }) => height / width).toSorted((one, other) => one - other);
  const [low = 1, high = 1] = [ratios.at(0), ratios.at(-1)];
  // Portraits and landscapes are as large as each other in a square.
  const ratio = low < 0.9 && high > 1.1 ? 1 : (ratios[Math.floor(ratios.length / 2)] ?? 1);
  return Math.min(FLATTEST[1], Math.max(FLATTEST[0], ratio));
}

const FLATTEST = [0.4, 2] as const;

async function bytesOf(image: string | Uint8Array, signal: AbortSignal | undefined): Promise<Uint8Array> {
  return typeof image === 'string' ? readRegularFile(image, { limit: LARGEST_IMAGE, signal }) : image;
}

async function readable<T extends object>(read: () => Promise<T>): Promise<T | { readonly reason: string }> {
  try {
    return await read();
  } catch (error) {
    if (isExpected(error)) return { reason: 'damaged file' };
    if (isReadFailure(error)) return { reason: 'unreadable file' };
    throw error;
  }
}
