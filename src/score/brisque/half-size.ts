import type { Plane } from '../scene-statistics/plane.ts';

/** Bicubic's free parameter, as OpenCV has it. */
const A = -0.75;

/**
 * Half the size, rounded down, as OpenCV's INTER_CUBIC makes it: four taps in either direction, not antialiased, edge pixels
 * repeated. The published weights were trained on images that were halved so. Both sides must be at least 2.
 */
export function halfSize({ width, height, data }: Plane): Plane {
  const columns = tapsOf(width);
  const rows = tapsOf(height);
  const narrow = new Float64Array(columns.length * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (const { at, weights } of columns) {
      const value = (k: 0 | 1 | 2 | 3): number => weights[k] * (data[y * width + at[k]] ?? 0);
      narrow[i++] = value(0) + value(1) + value(2) + value(3);
    }
  }
  const halved = new Float32Array(columns.length * rows.length);
  for (let y = 0, i = 0; y < rows.length; y++) {
    const { at, weights } = rows[y] ?? NO_TAPS;
    for (let x = 0; x < columns.length; x++, i++) {
      const value = (k: 0 | 1 | 2 | 3): number => weights[k] * (narrow[at[k] * columns.length + x] ?? 0);
      halved[i] = value(0) + value(1) + value(2) + value(3);
    }
  }
  return { width: columns.length, height: rows.length, data: halved };
}

type Four = readonly [number, number, number, number];

interface Taps {
  readonly at: Four;
  readonly weights: Four;
}

const NO_TAPS: Taps = { at: [0, 0, 0, 0], weights: [0, 0, 0, 0] };

/** Which old pixels each new one is made of, along one side. */
function tapsOf(length: number): Taps[] {
  const halved = Math.floor(length / 2);
  const scale = length / halved;
  const inside = (index: number): number => Math.min(length - 1, Math.max(0, index));
  return Array.from({ length: halved }, (_, i) => {
    const centre = (i + 0.5) * scale - 0.5;
    const left = Math.floor(centre);
    return {
      at: [inside(left - 1), left, inside(left + 1), inside(left + 2)],
      weights: cubicWeights(centre - left),
    };
  });
}

/** For the pixels at −1, 0, 1 and 2, seen from `t` in 0..1. */
function cubicWeights(t: number): Four {
  const near = (x: number): number => ((A + 2) * x - (A + 3)) * x * x + 1;
  const far = (x: number): number => ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
  const [w0, w1, w2] = [far(t + 1), near(t), near(1 - t)];
  return [w0, w1, w2, 1 - w0 - w1 - w2];
}
