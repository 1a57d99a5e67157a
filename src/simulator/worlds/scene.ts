/**
 * The image as a perfect model would draw it: sky, sun, clouds, ridges, trees and houses, all drawn by lot from the
 * words of the prompt and the seed.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { hashText, mix, randomStream } from '../random.ts';
import { ridgeLine, spruces } from './scenery.ts';
import type { Ridge } from './scenery.ts';

/** 3 floats a pixel, 0..255, row by row. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

export interface SceneSpec {
  /** Words that choose the colours. */
  readonly prompt: string;
  readonly negativePrompt: string;
  /** Everything else that makes this scene another one: seed, sampler, text encoder … */
  readonly salt: string;
  readonly width: number;
  readonly height: number;
}

type Colour = readonly [number, number, number];

const PIXELS_AT_A_TIME = 40_000;
const TILE = 64;

export async function drawScene(spec: SceneSpec): Promise<Scene> {
  const { width, height } = spec;
  const words = hashText(`${spec.prompt.toLowerCase()}|${spec.negativePrompt.toLowerCase()}`);
  const random = randomStream(hashText(`${words}|${spec.salt}`));
  const palette = paletteOf(words);
  const tile = noiseTile(random);
  const ridges = Array.from({ length: 4 }, (_, i) => ridgeLine(random, i, width, height));
  const trees = spruces(random, ridges, width, height);
  const sun = { x: (0.15 + 0.7 * random()) * width, y: (0.12 + 0.2 * random()) * height, r: 0.07 * height };

  const data = new Float32Array(3 * width * height);
  const rows = Math.max(1, Math.floor(PIXELS_AT_A_TIME / width));
  for (let y = 0; y < height; y++) {
    drawRow(data, y, { width, height, palette, tile, ridges, trees, sun });
    if (y % rows === rows - 1) await breathe();
  }
  return { width, height, data };
}

interface Parts {
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
  readonly tile: Float32Array;
  readonly ridges: readonly Ridge[];
  readonly trees: Uint8Array;
  readonly sun: { readonly x: number; readonly y: number; readonly r: number };
}

function drawRow(data: Float32Array, y: number, parts: Parts): void {
  const { width, height, palette, tile, ridges, trees, sun } = parts;
  // Frequencies follow the size, so that a larger image shows the same scene.
  const grain = 128 / height;
  for (let x = 0; x < width; x++) {
    const at = 3 * (y * width + x);
    const layer = layerAt(ridges, x, y);
    const fine = tileAt(tile, x * grain * 1.9, y * grain * 1.9) - 0.5;
    if (trees[y * width + x] === 1) {
      const shade = 1 + 0.5 * fine;
      for (let c = 0; c < 3; c++) data[at + c] = clamp((palette.tree[c] ?? 0) * shade);
    } else if (layer < 0) {
      const depth = y / height;
      const cloud = Math.max(0, tileAt(tile, x * grain * 0.11, y * grain * 0.3) * 1.6 - 0.85);
      const glow = Math.exp(-Math.hypot(x - sun.x, y - sun.y) / (2.2 * sun.r));
      const isSun = (x - sun.x) ** 2 + (y - sun.y) ** 2 < sun.r * sun.r;
      for (let c = 0; c < 3; c++) {
        const sky = blend(palette.zenith[c] ?? 0, palette.horizon[c] ?? 0, depth * 1.6);
        const lit = blend(sky, palette.sun[c] ?? 0, 0.7 * glow);
        data[at + c] = isSun ? (palette.sun[c] ?? 0) : clamp(blend(lit, 242, cloud) + 6 * fine);
      }
    } else {
      const ground = palette.ground[layer] ?? palette.tree;
      const patch = tileAt(tile, x * grain * 0.5 + 9 * layer, y * grain * 0.9) - 0.5;
      const shade = 1 + 0.55 * fine + 0.4 * patch;
      for (let c = 0; c < 3; c++) data[at + c] = clamp((ground[c] ?? 0) * shade);
    }
  }
}

/** The nearest ridge that covers the pixel, -1 for sky. */
function layerAt(ridges: readonly Ridge[], x: number, y: number): number {
  for (let i = ridges.length - 1; i >= 0; i--) {
    if (y >= (ridges[i]?.[x] ?? Infinity)) return i;
  }
  return -1;
}

interface Palette {
  readonly zenith: Colour;
  readonly horizon: Colour;
  readonly sun: Colour;
  readonly tree: Colour;
  readonly ground: readonly Colour[];
}

function paletteOf(words: number): Palette {
  const random = randomStream(mix(words + 1));
  const sky = 190 + 50 * random();
  const warm = 18 + 30 * random();
  const land = 40 + 110 * random();
  return {
    zenith: hsl(sky, 0.72, 0.36),
    horizon: hsl(warm, 0.78, 0.74),
    sun: hsl(48, 0.95, 0.84),
    tree: hsl(land + 40, 0.55, 0.14),
    ground: [0, 1, 2, 3].map((i) => hsl(land + 60 - 28 * i, 0.4 + 0.1 * i, 0.5 - 0.07 * i)),
  };
}

/** Hue in degrees, saturation and lightness 0..1. */
function hsl(hue: number, saturation: number, lightness: number): Colour {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number): number => {
    const k = (n + hue / 30) % 12;
    return 255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return [channel(0), channel(8), channel(4)];
}

function noiseTile(random: () => number): Float32Array {
  return Float32Array.from({ length: TILE * TILE }, random);
}

/** Smooth noise 0..1 with period {@link TILE}. */
function tileAt(tile: Float32Array, x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const across = x - left;
  const down = y - top;
  const row = (top & (TILE - 1)) * TILE;
  const next = ((top + 1) & (TILE - 1)) * TILE;
  const l = left & (TILE - 1);
  const r = (left + 1) & (TILE - 1);
  const upper = blend(tile[row + l] ?? 0, tile[row + r] ?? 0, across);
  const lower = blend(tile[next + l] ?? 0, tile[next + r] ?? 0, across);
  return blend(upper, lower, down);
}

function blend(from: number, to: number, share: number): number {
  return from + (to - from) * Math.min(1, Math.max(0, share));
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, value));
}
