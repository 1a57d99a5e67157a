import type { Sharp } from 'sharp';
import { messageOf, runError } from '../shared/errors.ts';
import type { AutombwError } from '../shared/errors.ts';
import type { Pixels } from '../types.ts';

import { sharp } from './image-library.ts';
import { hashPixels } from './pixel-hash.ts';

export { hashPixels };

/** Bytes. The largest image that is decoded has 268 MB as raw pixels. */
export const LARGEST_IMAGE = 300e6;

/** Longest side that is decoded, in pixels. */
const MAX_SIDE = 8192;

/**
 * A PNG, JPEG or WebP file as 8-bit sRGB. Grey, palette, 16-bit and CMYK images are converted, an embedded colour profile is
 * applied, alpha is laid on white (as a browser page shows it), of an animation the first frame counts, and the EXIF
 * orientation is not applied (no WebUI sets one). The header is checked before any pixel is decoded.
 * @throws run error `image-broken`: another format, damaged or cut off, or longer than {@link MAX_SIDE}
 */
export async function decodeImage(bytes: Uint8Array): Promise<Pixels> {
  return decode(bytes, (image) => image);
}

/** Sides of a picture in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The image made smaller or larger until it just fits into the box, as {@link decodeImage} otherwise; a large one is never in
 * memory as a whole.
 * @param enlarges false: a smaller one stays as it is
 * @throws as {@link decodeImage}
 */
export async function decodeWithin(bytes: Uint8Array, box: Size, enlarges = false): Promise<Pixels> {
  return decode(bytes, (image) => image.resize({ ...box, fit: 'inside', withoutEnlargement: !enlarges }));
}

/** Of an image file as its header says it. @throws as {@link decodeImage} */
export async function sizeOf(bytes: Uint8Array): Promise<Size> {
  check(bytes);
  return readHeader(bytes);
}

/**
 * A copy as WebP that just fits into a square, without metadata; a smaller image keeps its size.
 * @param side pixels
 * @param quality 1 to 100
 * @throws as {@link decodeImage}
 */
export async function smallWebp(bytes: Uint8Array, side: number, quality: number): Promise<Buffer> {
  const image = await openImage(bytes);
  try {
    return await image
      .resize(side, side, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality })
      .toBuffer();
  } catch (error) {
    throw brokenImage(reasonOf(error), error);
  }
}

/** Its header is looked at first. */
async function openImage(bytes: Uint8Array): Promise<Sharp> {
  check(bytes);
  await readHeader(bytes);
  return open(bytes);
}

async function decode(bytes: Uint8Array, change: (image: Sharp) => Sharp): Promise<Pixels> {
  const image = await openImage(bytes);
  try {
    const { data, info } = await change(image.flatten({ background: '#ffffff' }))
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`it has ${info.channels} channels after conversion`);
    return { width: info.width, height: info.height, data };
  } catch (error) {
    throw brokenImage(reasonOf(error), error);
  }
}

function check(bytes: Uint8Array): void {
  if (bytes.length === 0) throw brokenImage('it is empty');
  if (!isImageFile(bytes))
    throw brokenImage(`it begins with ${firstBytes(bytes)} and is not a PNG, JPEG or WebP image`);
}

/** By its first bytes: PNG, JPEG or WebP. */
export function isImageFile(bytes: Uint8Array): boolean {
  const at = (offset: number, ...values: number[]): boolean =>
    values.every((value, i) => bytes[offset + i] === value);
  const isPng = at(0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const isJpeg = at(0, 0xff, 0xd8, 0xff);
  const isWebp = at(0, 0x52, 0x49, 0x46, 0x46) && at(8, 0x57, 0x45, 0x42, 0x50);
  return isPng || isJpeg || isWebp;
}

function firstBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 8)).toString('hex');
}

/** Of the decoded image: the files of equal images differ. @throws as {@link decodeImage} */
export async function pixelHash(bytes: Uint8Array): Promise<string> {
  return hashPixels(await decodeImage(bytes));
}

async function readHeader(bytes: Uint8Array): Promise<Size> {
  let size: Size;
  try {
    // Reads no pixels, so no limit is needed: the one below can say what the header says.
    const { width, height } = await open(bytes, false).metadata();
    size = { width, height };
  } catch (error) {
    throw brokenImage(reasonOf(error), error);
  }
  const { width, height } = size;
  if (width > MAX_SIDE || height > MAX_SIDE)
    throw brokenImage(`its header says ${width} × ${height} pixels, more than ${MAX_SIDE} a side`);
  return size;
}

function open(bytes: Uint8Array, limitInputPixels: number | false = MAX_SIDE * MAX_SIDE): Sharp {
  return sharp(bytes, {
    // libjpeg only warns of data that ends too early, and fills the rest with grey.
    failOn: 'warning',
    limitInputPixels,
    pages: 1,
    sequentialRead: true,
  });
}

function brokenImage(reason: string, cause?: unknown): AutombwError {
  return runError(
    'image-broken',
    `An image cannot be decoded: ${reason}; generate it again, and check the server's log if this happens again.`,
    // A file that came whole may still be damaged inside.
    { cause, retry: 'image' },
  );
}

/** libvips reports a line per attempt, often the same one several times. */
function reasonOf(error: unknown): string {
  const lines = messageOf(error)
    .split('\n')
    .map((line) => line.trim().replace(/[.:]$/, ''));
  return [...new Set(lines)].filter((line) => line !== '').join(', ');
}
