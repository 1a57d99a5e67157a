import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeImage } from '../../../../src/images/decode.ts';
import { placeBytes, preparePicture } from '../../../../src/score/onnx/preprocess/prepare.ts';
import { namedProfile, profileNames } from '../../../../src/score/onnx/preprocess/profile.ts';
import type { Pixels } from '../../../../src/types.ts';
import { FIXTURES, fixtureJson, makePicture, pictureSchema, sha256 } from './reference.ts';

const { pictures, crops } = fixtureJson(
  'crops/crops.json',
  z.object({
    pictures: z.array(pictureSchema.extend({ sha256: z.string() })),
    crops: z.array(
      z.object({
        profile: z.enum(profileNames),
        picture: z.int(),
        shape: z.array(z.int()),
        at: z.array(z.int()),
        values: z.array(z.number()),
        mean: z.number(),
        sha256: z.string().optional(),
        window: z.object({ file: z.string(), left: z.int(), top: z.int() }).optional(),
      }),
    ),
  }),
);

describe('preprocessing equals the libraries that the scorers were trained with', () => {
  let inputs: Pixels[];

  beforeAll(async () => {
    inputs = await Promise.all(pictures.map(makePicture));
  });

  function input(picture: number): Pixels {
    const pixels = inputs[picture];
    if (pixels === undefined) throw new Error(`There is no picture ${picture}.`);
    return pixels;
  }

  it('starts from the pictures of the reference', () => {
    expect(inputs.map(({ data }) => sha256(data))).toEqual(pictures.map((picture) => picture.sha256));
  });

  it('has a reference for every profile', () => {
    expect([...new Set(crops.map(({ profile }) => profile))].toSorted()).toEqual(
      [...profileNames].toSorted(),
    );
  });

  const windows = crops.filter((crop) => crop.window !== undefined);
  it.each(windows)('$profile gives the stored crop, byte by byte', async ({ profile, picture, window }) => {
    const stored = await decodeImage(readFileSync(new URL(`crops/${window?.file}`, FIXTURES)));
    const square = placeBytes(input(picture), namedProfile(profile));
    let largest = 0;
    for (let y = 0; y < stored.height; y++) {
      for (let i = 0; i < 3 * stored.width; i++) {
        const at = 3 * ((y + (window?.top ?? 0)) * square.width + (window?.left ?? 0)) + i;
        const difference = Math.abs(
          (square.data[at] ?? NaN) - (stored.data[3 * y * stored.width + i] ?? NaN),
        );
        largest = Math.max(largest, difference);
      }
    }
    expect(largest).toBe(0);
  });

  it.each(profileNames)('%s on every picture', (profile) => {
    const settings = namedProfile(profile);
    const cases = crops.filter((crop) => crop.profile === profile);
    expect(cases).toHaveLength(pictures.length);
    for (const { picture, shape, at, values, mean, sha256: hash } of cases) {
      const square = hash === undefined ? undefined : sha256(placeBytes(input(picture), settings).data);
      expect(square).toBe(hash);
      // What follows the bytes is the same for all of them.
      if (hash !== undefined && picture > 2) continue;
      const tensor = preparePicture(input(picture), settings, shape[0] === 3 ? 'nchw' : 'nhwc');
      expect(tensor).toHaveLength(shape.reduce((product, side) => product * side));
      const differences = values.map((value, i) => Math.abs(value - (tensor[at[i] ?? 0] ?? NaN)));
      // PyTorch takes the positions of its floats in single precision.
      expect(Math.max(...differences)).toBeLessThan(profile === 'hps224' ? 1e-4 : 2e-5);
      expect(meanOf(tensor)).toBeCloseTo(mean, 5);
    }
  });
});

function meanOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
