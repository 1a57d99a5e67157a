/** The net draws in multiples of 64; whatever was asked for is cut and scaled from that. */
import type { Pixels } from '../../../types.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Larger images are drawn at this size and scaled up: it costs four times as much as what the net was trained on. */
const LARGEST = 512;

/** Size in pixels that is drawn for one that was asked for: near in shape, and in size where it may be. */
export function drawnSize({ width, height }: Size, multiple: number): Size {
  const scale = Math.min(1, LARGEST / Math.max(width, height));
  const fit = (side: number): number =>
    Math.min(LARGEST, Math.max(multiple, multiple * Math.round((side * scale) / multiple)));
  return { width: fit(width), height: fit(height) };
}

/** Scaled until it covers the size, and cut at the edges. The same pixels where nothing is to do. */
export function fitted(image: Pixels, size: Size): Pixels {
  if (image.width === size.width && image.height === size.height) return image;
  const step = Math.min(image.width / size.width, image.height / size.height);
  const across = taps(image.width, size.width, step);
  const down = taps(image.height, size.height, step);
  const wide = new Float32Array(3 * size.width * image.height);
  blend({
    from: image.data,
    to: wide,
    lines: image.height,
    along: across,
    step: 3,
    stride: 3 * image.width,
    toStride: 3 * size.width,
  });
  const tall = new Float32Array(3 * size.width * size.height);
  blend({
    from: wide,
    to: tall,
    lines: size.width,
    along: down,
    step: 3 * size.width,
    stride: 3,
    toStride: 3,
  });
  return { ...size, data: Uint8Array.from(tall, (value) => Math.round(Math.min(255, Math.max(0, value)))) };
}

/** Places and shares of the source that one place of the target is made of. */
type Taps = readonly (readonly (readonly [place: number, share: number])[])[];

/** Straight lines between pixels when enlarging, means over the covered ones when shrinking. */
function taps(from: number, to: number, step: number): Taps {
  const start = (from - step * to) / 2;
  const reach = Math.max(1, step);
  return Array.from({ length: to }, (_, i) => {
    const centre = start + (i + 0.5) * step - 0.5;
    const first = Math.ceil(centre - reach);
    const near = Array.from({ length: Math.floor(centre + reach) - first + 1 }, (_2, k): [number, number] => {
      const place = first + k;
      return [Math.min(from - 1, Math.max(0, place)), 1 - Math.abs(place - centre) / reach];
    });
    const sum = near.reduce((total, [, share]) => total + share, 0);
    return near.map(([place, share]) => [place, share / sum] as const);
  });
}

interface Pass {
  readonly from: ArrayLike<number>;
  readonly to: Float32Array;
  readonly lines: number;
  readonly along: Taps;
  /** Numbers from one place of a line to the next, the same in source and target. */
  readonly step: number;
  /** Numbers from one line of the source to the next. */
  readonly stride: number;
  readonly toStride: number;
}

function blend({ from, to, lines, along, step, stride, toStride }: Pass): void {
  for (let line = 0; line < lines; line++) {
    for (const [i, parts] of along.entries()) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (const [place, share] of parts)
          sum += share * (from[line * stride + place * step + channel] ?? 0);
        to[line * toStride + i * step + channel] = sum;
      }
    }
  }
}
