import { setImmediate as breathe } from 'node:timers/promises';
import type { Scene } from './scene.ts';

const PIXELS_AT_A_TIME = 40_000;

/** Box blur of both directions by running sums; edges repeat the last pixel. Twice makes a fair bell. */
export async function softened(scene: Scene, radius: number): Promise<Scene> {
  const { width, height } = scene;
  const rowsAtATime = Math.max(1, Math.floor(PIXELS_AT_A_TIME / width));
  const across = new Float32Array(scene.data.length);
  for (let y = 0; y < height; y++) {
    blurRow(scene.data, across, 3 * y * width, width, radius);
    if (y % rowsAtATime === rowsAtATime - 1) await breathe();
  }
  const both = new Float32Array(scene.data.length);
  const stride = 3 * width;
  const sums = new Float64Array(stride);
  for (let y = -radius; y <= radius; y++) addRow(sums, across, stride * clamp(y, height), 1);
  const share = 1 / (2 * radius + 1);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < stride; i++) both[y * stride + i] = (sums[i] ?? 0) * share;
    addRow(sums, across, stride * clamp(y + radius + 1, height), 1);
    addRow(sums, across, stride * clamp(y - radius, height), -1);
    if (y % rowsAtATime === rowsAtATime - 1) await breathe();
  }
  return { width, height, data: both };
}

function blurRow(
  source: Float32Array,
  target: Float32Array,
  start: number,
  width: number,
  radius: number,
): void {
  const share = 1 / (2 * radius + 1);
  for (let channel = start; channel < start + 3; channel++) {
    let sum = 0;
    for (let x = -radius; x <= radius; x++) sum += source[channel + 3 * clamp(x, width)] ?? 0;
    for (let x = 0; x < width; x++) {
      target[channel + 3 * x] = sum * share;
      sum += source[channel + 3 * clamp(x + radius + 1, width)] ?? 0;
      sum -= source[channel + 3 * clamp(x - radius, width)] ?? 0;
    }
  }
}

function addRow(sums: Float64Array, rows: Float32Array, start: number, sign: number): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + sign * (rows[start + i] ?? 0);
}

/** The nearest index within 0..length-1. */
function clamp(index: number, length: number): number {
  return index < 0 ? 0 : index < length ? index : length - 1;
}
