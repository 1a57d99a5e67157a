import type { Pixels } from '../../../types.ts';
import { resizeAntialiased, resizePlain, type FloatPixels } from './float-resize.ts';
import { resizePillow } from './pillow-resize.ts';
import type { Profile } from './profile.ts';

/** Where the channels stand: before the rows and columns (`nchw`) or after them. */
export type Layout = 'nchw' | 'nhwc';

/** One picture as the graph takes it: `size × size × 3` values, without the batch axis. */
export function preparePicture(pixels: Pixels, profile: Profile, layout: Layout): Float32Array {
  if (profile.resampler !== 'pillow') {
    return arrange(placeFloats(pixels, profile).data, 1, profile, layout);
  }
  return arrange(placeBytes(pixels, profile).data, 255, profile, layout);
}

/** The 8-bit square of a profile whose resampler is `pillow`. */
export function placeBytes(pixels: Pixels, profile: Profile): Pixels {
  const whole = squared(pixels, profile);
  const { width, height } = scaledSize(whole, profile);
  return placed(resizePillow(whole, width, height, profile.filter), profile, profile.background);
}

function placeFloats(pixels: Pixels, profile: Profile): FloatPixels {
  const whole = squared(pixels, profile);
  const { width, height } = scaledSize(whole, profile);
  const floats = { ...whole, data: toUnit(whole.data) };
  const resized =
    profile.resampler === 'plain'
      ? resizePlain(floats, width, height)
      : resizeAntialiased(floats, width, height, profile.filter);
  return placed(resized, profile, profile.background / 255);
}

/** From 0 to 1. A loop: `Float32Array.from` with a function takes half a second for a large picture. */
function toUnit(bytes: Uint8Array): Float32Array {
  const floats = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) floats[i] = (bytes[i] ?? 0) / 255;
  return floats;
}

/** What `pad` lays around an image comes before its resize. */
function squared(pixels: Pixels, { fit, background, place }: Profile): Pixels {
  if (fit !== 'pad') return pixels;
  const side = Math.max(pixels.width, pixels.height);
  return window(pixels, side, margins(pixels, side, place), background);
}

function placed<T extends Pixels | FloatPixels>(resized: T, profile: Profile, background: number): T {
  const { size, fit, place } = profile;
  const offsets = fit === 'letterbox' ? margins(resized, size, place) : cropOffsets(resized, profile);
  return window(resized, size, offsets, background);
}

/** Fractions of a pixel are cut off, as torchvision, transformers and the scorers' own scripts do. */
function scaledSize(
  { width, height }: Pixels,
  { size: final, resize, fit }: Profile,
): { width: number; height: number } {
  const size = resize ?? final;
  if (fit === 'squash' || fit === 'pad') return { width: size, height: size };
  const longer = Math.max(1, Math.trunc((size * Math.max(width, height)) / Math.min(width, height)));
  const shorter = Math.max(1, Math.trunc((size * Math.min(width, height)) / Math.max(width, height)));
  const [wide, high] = fit === 'crop' ? [longer, size] : [size, shorter];
  if (width === height) return { width: size, height: size };
  return width > height ? { width: wide, height: high } : { width: high, height: wide };
}

interface Offsets {
  readonly left: number;
  readonly top: number;
}

function cropOffsets({ width, height }: Omit<Pixels, 'data'>, { size, cropOffset }: Profile): Offsets {
  const offset = (length: number): number =>
    cropOffset === 'floor' ? Math.floor((length - size) / 2) : halfEven((length - size) / 2);
  return { left: offset(width), top: offset(height) };
}

/** Negative: the image begins so many pixels inside the square. */
function margins({ width, height }: Omit<Pixels, 'data'>, side: number, place: Profile['place']): Offsets {
  if (place === 'top-left') return { left: 0, top: 0 };
  return { left: -Math.floor((side - width) / 2), top: -Math.floor((side - height) / 2) };
}

function halfEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

/** A square out of the image; what lies outside of it is background. */
function window<T extends Pixels | FloatPixels>(
  pixels: T,
  side: number,
  { left, top }: Offsets,
  background: number,
): T {
  const { width, height } = pixels;
  if (left === 0 && top === 0 && width === side && height === side) return pixels;
  const data = (
    pixels.data instanceof Float32Array ? new Float32Array(3 * side * side) : new Uint8Array(3 * side * side)
  ).fill(background);
  const begin = Math.max(0, left);
  const end = Math.min(width, left + side);
  for (let y = Math.max(0, -top); y < side && y + top < height; y++) {
    const row = 3 * (y + top) * width;
    data.set(pixels.data.subarray(row + 3 * begin, row + 3 * end), 3 * (y * side + begin - left));
  }
  return { ...pixels, width: side, height: side, data };
}

/** Channel order, range, mean and deviation, of an interleaved RGB square whose white is `white`. */
function arrange(
  data: Uint8Array | Float32Array,
  white: number,
  profile: Profile,
  layout: Layout,
): Float32Array {
  const { size, channels, range, mean, std } = profile;
  const area = size * size;
  const result = new Float32Array(3 * area);
  const [start, step] = layout === 'nchw' ? [area, 1] : [1, 3];
  for (let channel = 0; channel < 3; channel++) {
    const offset = mean[channel] ?? 0;
    const deviation = std[channel] ?? 1;
    let source = channels === 'rgb' ? channel : 2 - channel;
    for (let i = 0, target = channel * start; i < area; i++, target += step, source += 3) {
      result[target] = (((data[source] ?? 0) / white) * range - offset) / deviation;
    }
  }
  return result;
}
