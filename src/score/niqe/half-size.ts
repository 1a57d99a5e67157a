import type { Plane } from '../scene-statistics/plane.ts';

/** Bicubic (a = −0.5) stretched to twice its width: the eight weights at half size are multiples of 1/256, and sum to 1. */
const WEIGHTS = [111 / 256, 29 / 256, -9 / 256, -3 / 256] as const;

/**
 * Half the size as MATLAB's imresize makes it: antialiased bicubic, the border mirrored with its edge pixels repeated. Exact,
 * so that a flat area stays flat. Both sides must be even and at least 8.
 */
export function halfSize(plane: Plane): Plane {
  const { width, height } = plane;
  const narrow = new Float32Array((width >> 1) * height);
  for (let y = 0; y < height; y++) {
    halveLine(plane.data, y * width, 1, width, narrow, (y * width) >> 1, 1);
  }
  const data = new Float32Array(narrow.length >> 1);
  for (let x = 0; x < width >> 1; x++) {
    halveLine(narrow, x, width >> 1, height, data, x, width >> 1);
  }
  return { width: width >> 1, height: height >> 1, data };
}

/** One row or column of `length` values, `step` apart. */
function halveLine(
  from: Float32Array,
  start: number,
  step: number,
  length: number,
  to: Float32Array,
  toStart: number,
  toStep: number,
): void {
  const at = (index: number): number => {
    const inside = index < 0 ? -1 - index : index >= length ? 2 * length - 1 - index : index;
    return from[start + inside * step] ?? 0;
  };
  const [w0, w1, w2, w3] = WEIGHTS;
  for (let i = 0, k = toStart; i < length; i += 2, k += toStep) {
    if (i < 3 || i + 4 >= length) {
      to[k] =
        w0 * (at(i) + at(i + 1)) +
        w1 * (at(i - 1) + at(i + 2)) +
        w2 * (at(i - 2) + at(i + 3)) +
        w3 * (at(i - 3) + at(i + 4));
      continue;
    }
    const j = start + i * step;
    to[k] =
      w0 * ((from[j] ?? 0) + (from[j + step] ?? 0)) +
      w1 * ((from[j - step] ?? 0) + (from[j + 2 * step] ?? 0)) +
      w2 * ((from[j - 2 * step] ?? 0) + (from[j + 3 * step] ?? 0)) +
      w3 * ((from[j - 3 * step] ?? 0) + (from[j + 4 * step] ?? 0));
  }
}
