import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { z } from 'zod';
import { decodeImage } from '../../../src/images/decode.ts';
import type { Pixels } from '../../../src/types.ts';

const FIXTURES = new URL('../../fixtures/score/', import.meta.url);

const base64 = z.string().transform((text): Uint8Array => Buffer.from(text, 'base64'));

const referenceSchema = z.object({
  madeBy: z.string(),
  pictures: z.array(
    z.object({
      name: z.string(),
      width: z.int(),
      height: z.int(),
      rgb: base64,
      grey: base64,
      laplacianVariance: z.number(),
      rmsContrast: z.number(),
      brightness: z.number(),
      crushed: z.number(),
      blown: z.number(),
      entropy: z.number(),
      lumaRange: z.number(),
      colourfulness: z.number(),
      saturation: z.number(),
      noise: z.number().optional(),
      tenengrad: z.number().optional(),
      quietNoise: z.number().optional(),
    }),
  ),
  shrinks: z.array(
    z.object({
      width: z.int(),
      height: z.int(),
      rgb: base64,
      longSide: z.int(),
      toWidth: z.int(),
      toHeight: z.int(),
      shrunk: base64,
    }),
  ),
});

/** What OpenCV and NumPy say: tests/fixtures/score/reference.json. */
export const reference = referenceSchema.parse(
  JSON.parse(readFileSync(new URL('reference.json', FIXTURES), 'utf8')),
);

export const PHOTOGRAPHS = ['astronaut', 'chelsea', 'coffee'] as const;

export function photograph(name: (typeof PHOTOGRAPHS)[number]): Promise<Pixels> {
  return decodeImage(readFileSync(new URL(`${name}.jpg`, FIXTURES)));
}

/** An image from one function of the coordinates; values are rounded and clipped. */
export function draw(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [number, number, number],
): Pixels {
  const data = new Uint8ClampedArray(3 * width * height);
  for (let y = 0, j = 0; y < height; y++) {
    for (let x = 0; x < width; x++, j += 3) data.set(colour(x, y), j);
  }
  return { width, height, data: new Uint8Array(data) };
}

/** Discs of flat colours with dark outlines on a background: a drawing, without any shading. */
export function drawing(side: number, background: readonly [number, number, number]): Pixels {
  const uniform = mulberry32(5);
  const discs = Array.from({ length: 14 }, () => ({
    x: side * uniform(),
    y: side * uniform(),
    radius: side * (0.05 + 0.1 * uniform()),
    colour: [255 * uniform(), 255 * uniform(), 255 * uniform()] as const,
  }));
  return draw(side, side, (x, y) => {
    const disc = discs.findLast(
      (candidate) => Math.hypot(x - candidate.x, y - candidate.y) < candidate.radius,
    );
    if (disc === undefined) return background;
    return Math.hypot(x - disc.x, y - disc.y) < disc.radius - 2 ? disc.colour : [30, 20, 30];
  });
}

export function plain(width: number, height: number, value: number): Pixels {
  return draw(width, height, () => [value, value, value]);
}

/** Every channel value through a function, rounded and clipped. */
export function mapValues(pixels: Pixels, change: (value: number, index: number) => number): Pixels {
  return { ...pixels, data: new Uint8Array(Uint8ClampedArray.from(pixels.data, change)) };
}

/** Contrast about middle grey. */
export function withContrast(pixels: Pixels, factor: number): Pixels {
  return mapValues(pixels, (value) => 128 + factor * (value - 128));
}

/** Every channel up or down by `shift` grey levels. */
export function withBrightness(pixels: Pixels, shift: number): Pixels {
  return mapValues(pixels, (value) => value + shift);
}

/** Distance of every channel from the luma. */
export function withSaturation(pixels: Pixels, factor: number): Pixels {
  const { data } = pixels;
  return mapValues(pixels, (value, index) => {
    const first = index - (index % 3);
    const luma = 0.299 * (data[first] ?? 0) + 0.587 * (data[first + 1] ?? 0) + 0.114 * (data[first + 2] ?? 0);
    return luma + factor * (value - luma);
  });
}

/** Independent normal noise on every channel, the same at each call. */
export function withNoise(pixels: Pixels, deviation: number): Pixels {
  const uniform = mulberry32(42);
  return mapValues(
    pixels,
    (value) =>
      value + deviation * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

export async function withBlur(pixels: Pixels, sigma: number): Promise<Pixels> {
  const { data, info } = await asSharp(pixels).blur(sigma).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** Unsharp mask: the difference from a blur of 1 pixel, `amount` times over. */
export async function withSharpening(pixels: Pixels, amount: number): Promise<Pixels> {
  const blurred = await withBlur(pixels, 1);
  return mapValues(pixels, (value, index) => value + amount * (value - (blurred.data[index] ?? 0)));
}

/** Laid out `times` × `times`, every second copy mirrored: larger, with the detail of the original. */
export function tiled(pixels: Pixels, times: number): Pixels {
  const { width, height, data } = pixels;
  const folded = (at: number, length: number): number =>
    Math.floor(at / length) % 2 === 0 ? at % length : length - 1 - (at % length);
  return draw(times * width, times * height, (x, y) => {
    const j = 3 * (folded(y, height) * width + folded(x, width));
    return [data[j] ?? 0, data[j + 1] ?? 0, data[j + 2] ?? 0];
  });
}

/** Resampled with Lanczos. */
export async function resized(pixels: Pixels, width: number, height: number): Promise<Pixels> {
  const { data } = await asSharp(pixels)
    .resize(width, height, { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width, height, data };
}

export function asSharp({ width, height, data }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
