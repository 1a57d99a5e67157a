import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Pixels } from '../../../src/types.ts';
import type { ScoreItem, Scorer, ScoreResult } from '../../../src/score/scorer.ts';
import { draw, mapValues, photograph, PHOTOGRAPHS, tiled } from './images.ts';

const naturalSchema = z.object({
  madeBy: z.string(),
  pictures: z.array(
    z.object({
      photograph: z.enum(PHOTOGRAPHS),
      change: z.enum(['as it is', 'pale', 'grained', 'odd size', 'tiled', 'flat left']),
      width: z.int(),
      height: z.int(),
      /** Of all channel values: tells whether both sides look at the same image. */
      sum: z.int(),
      /** BasicSR; left out where there are not two blocks. */
      niqe: z.number().optional(),
      /** OpenCV. */
      features: z.array(z.number()).length(36),
      /** OpenCV with brisque_model_small.yml. */
      brisque: z.number(),
    }),
  ),
});

type NaturalImage = z.output<typeof naturalSchema>['pictures'][number];

/** As in make-natural-reference.py. */
const CHANGES: Readonly<Record<NaturalImage['change'], (pixels: Pixels) => Pixels>> = {
  'as it is': (pixels) => pixels,
  pale: (pixels) => mapValues(pixels, (value) => Math.floor(value / 2) + 64),
  grained: (pixels) =>
    mapValues(pixels, (value, i) => {
      const [x, y] = [Math.floor(i / 3) % pixels.width, Math.floor(i / 3 / pixels.width)];
      return value + ((((1103 * x + 2081 * y + 3001 * (i % 3)) ** 2 % 1009) % 33) - 16);
    }),
  'odd size': (pixels) => draw(pixels.width - 3, 165, (x, y) => at(pixels, x + 3, y + 1)),
  tiled: (pixels) => tiled(pixels, 2),
  'flat left': (pixels) => {
    const whole = tiled(pixels, 2);
    return draw(whole.width, whole.height, (x, y) => (x < 200 ? [255, 255, 255] : at(whole, x, y)));
  },
};

/** What the published implementations say: tests/fixtures/score/natural-reference.json. */
export const naturalImages = naturalSchema.parse(
  JSON.parse(readFileSync(new URL('../../fixtures/score/natural-reference.json', import.meta.url), 'utf8')),
).pictures;

/** The image that the reference was made from. */
export async function naturalPixels({ photograph: name, change }: NaturalImage): Promise<Pixels> {
  return CHANGES[change](await photograph(name));
}

export function itemOf(pixels: Pixels): ScoreItem {
  return {
    pixels,
    bytes: new Uint8Array(),
    prompt: '',
    negativePrompt: '',
    payload: 'test',
    seed: 1,
    infotext: null,
  };
}

export async function resultOf(scorer: Scorer, pixels: Pixels): Promise<ScoreResult> {
  const [result] = await scorer.score([itemOf(pixels)], new AbortController().signal);
  if (result === undefined) throw new Error('there is no result');
  return result;
}

export async function valueOf(scorer: Scorer, pixels: Pixels): Promise<number> {
  const result = await resultOf(scorer, pixels);
  return result.state === 'scored' ? result.value : Number.NaN;
}

/** The left top corner. */
export function cropped(pixels: Pixels, width: number, height: number): Pixels {
  return draw(width, height, (x, y) => at(pixels, x, y));
}

function at({ width, data }: Pixels, x: number, y: number): readonly [number, number, number] {
  const j = 3 * (y * width + x);
  return [data[j] ?? 0, data[j + 1] ?? 0, data[j + 2] ?? 0];
}
