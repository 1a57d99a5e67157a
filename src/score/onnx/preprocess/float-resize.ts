/** Resizing of float images (0 to 1, RGB), for the scorers that were trained with it. */
import { tapsOf, type Filter } from './kernels.ts';

export interface FloatPixels {
  readonly width: number;
  readonly height: number;
  /** RGB, row by row. */
  readonly data: Float32Array;
}

const CHANNELS = 3;

/** The antialiased resize of tensors in PyTorch: the same taps as Pillow's, but neither rounded nor clipped. */
export function resizeAntialiased(
  pixels: FloatPixels,
  width: number,
  height: number,
  filter: Filter,
): FloatPixels {
  const { data } = pixels;
  const wide = pixels.width === width ? data : pass(data, pixels.height, pixels.width, width, 1, filter);
  const done = pixels.height === height ? wide : pass(wide, 1, pixels.height, height, width, filter);
  return { width, height, data: done };
}

/** OpenCV's INTER_LINEAR: between the four nearest pixels, however much it shrinks. */
export function resizePlain(pixels: FloatPixels, width: number, height: number): FloatPixels {
  const across = neighbours(pixels.width, width);
  const down = neighbours(pixels.height, height);
  const data = new Float32Array(width * height * CHANNELS);
  const row = (y: number): Float32Array =>
    pixels.data.subarray(y * pixels.width * CHANNELS, (y + 1) * pixels.width * CHANNELS);
  for (const [y, { low, high, share }] of down.entries()) {
    const above = row(low);
    const below = row(high);
    for (const [x, column] of across.entries()) {
      for (let channel = 0; channel < CHANNELS; channel++) {
        const left = column.low * CHANNELS + channel;
        const right = column.high * CHANNELS + channel;
        const upper = mix(above[left] ?? 0, above[right] ?? 0, column.share);
        const lower = mix(below[left] ?? 0, below[right] ?? 0, column.share);
        data[(y * width + x) * CHANNELS + channel] = mix(upper, lower, share);
      }
    }
  }
  return { width, height, data };
}

function pass(
  source: Float32Array,
  outer: number,
  from: number,
  to: number,
  inner: number,
  filter: Filter,
): Float32Array {
  const { first, count, weights, stride } = tapsOf(filter, from, to);
  const step = inner * CHANNELS;
  const result = new Float32Array(outer * to * step);
  const sums = new Float64Array(step);
  for (let block = 0; block < outer; block++) {
    for (let i = 0; i < to; i++) {
      const taps = count[i] ?? 0;
      let at = (block * from + (first[i] ?? 0)) * step;
      sums.fill(0);
      for (let k = 0; k < taps; k++) {
        const weight = weights[i * stride + k] ?? 0;
        for (let j = 0; j < step; j++) sums[j] = (sums[j] ?? 0) + (source[at++] ?? 0) * weight;
      }
      result.set(sums, (block * to + i) * step);
    }
  }
  return result;
}

interface Neighbours {
  readonly low: number;
  readonly high: number;
  /** Of the higher one, 0 to 1. */
  readonly share: number;
}

function neighbours(from: number, to: number): Neighbours[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    const at = Math.fround((i + 0.5) * scale - 0.5);
    const low = Math.floor(at);
    if (low < 0) return { low: 0, high: 0, share: 0 };
    if (low >= from - 1) return { low: from - 1, high: from - 1, share: 0 };
    return { low, high: low + 1, share: at - low };
  });
}

function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}
