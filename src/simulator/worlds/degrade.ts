/** What a bad merge does to an image: softness, grain, washed-out contrast and colour. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { Pixels } from '../../types.ts';
import { mix, randomStream } from '../random.ts';
import type { Scene } from './scene.ts';
import { softened } from './soften.ts';

/** A scene with its blurred copy, so that each further image of it is a blend. */
export interface PreparedScene extends Scene {
  readonly soft: Float32Array;
  /** Mean of the scene over all channels, 0..255: contrast shrinks towards something lighter than this. */
  readonly mean: number;
}

export interface Degradation {
  /** 0 (worst) .. 1 (as drawn). */
  readonly quality: number;
  /** Fixes the grain: the same for all weights, so that quality moves smoothly. */
  readonly grainSeed: number;
  /** Fixes the last bit of every pixel: another number, other pixels. */
  readonly ditherSeed: number;
}

const PIXELS_AT_A_TIME = 80_000;
const GRAIN_SIZE = 1 << 16;
const GRAIN_SEED = 20_240_607;

export async function prepareScene(scene: Scene): Promise<PreparedScene> {
  const radius = Math.max(1, Math.round(scene.height / 100));
  const soft = await softened(await softened(scene, radius), radius);
  let sum = 0;
  for (let i = 0; i < scene.data.length; i++) sum += scene.data[i] ?? 0;
  return { ...scene, soft: soft.data, mean: sum / scene.data.length };
}

export async function degrade(
  scene: PreparedScene,
  { quality, grainSeed, ditherSeed }: Degradation,
): Promise<Pixels> {
  const loss = leastLoss(scene.height) + 0.73 * (1 - quality);
  const sharp = 1 - 0.9 * loss;
  const contrast = 1 - 0.66 * loss;
  const colour = 1 - 0.8 * loss;
  const grainSd = 4.5 * loss;
  const grey = scene.mean + (150 - scene.mean) * 0.6 * loss;

  const { width, height, data, soft } = scene;
  const grain = grainTable();
  const out = new Uint8Array(data.length);
  const count = width * height;
  for (let i = 0; i < count; i++) {
    const at = 3 * i;
    const r = mixed(data, soft, at, sharp);
    const g = mixed(data, soft, at + 1, sharp);
    const b = mixed(data, soft, at + 2, sharp);
    const luma = 0.299 * r + 0.587 * g + 0.114 * b;
    const lot = mix(i ^ grainSeed);
    const noise = grainSd * (grain[lot & (GRAIN_SIZE - 1)] ?? 0);
    const base = grey + contrast * (luma - scene.mean) + noise;
    // Between -0.5 and +0.5 a channel: rounding in another direction is all that it does.
    const dither = mix(i + ditherSeed);
    out[at] = toByte(base + contrast * colour * (r - luma) + (dither & 255) / 255);
    out[at + 1] = toByte(base + contrast * colour * (g - luma) + ((dither >>> 8) & 255) / 255);
    out[at + 2] = toByte(base + contrast * colour * (b - luma) + ((dither >>> 16) & 255) / 255);
    if (i % PIXELS_AT_A_TIME === PIXELS_AT_A_TIME - 1) await breathe();
  }
  return { width, height, data: out };
}

/**
 * Even the best merge is not flawless: at quality 1 there is still a little to see, and so a slope on the whole way there.
 * Larger scenes bear more of it before it shows.
 */
function leastLoss(height: number): number {
  return 0.17 + 0.08 * Math.min(1, Math.max(0, Math.log2(height / 256)));
}

function mixed(sharp: Float32Array, soft: Float32Array, at: number, share: number): number {
  const blurred = soft[at] ?? 0;
  return blurred + ((sharp[at] ?? 0) - blurred) * share;
}

function toByte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.floor(value);
}

let table: Float32Array | undefined;

/** Normal deviates, drawn once. */
function grainTable(): Float32Array {
  if (table !== undefined) return table;
  const random = randomStream(GRAIN_SEED);
  table = Float32Array.from({ length: GRAIN_SIZE }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return radius * Math.cos(2 * Math.PI * random());
  });
  return table;
}
