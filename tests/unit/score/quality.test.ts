import { describe, expect, it } from 'vitest';
import { measureImage } from '../../../src/score/measures/measure-image.ts';
import { qualityScorer, scoreQuality } from '../../../src/score/quality.ts';
import { aspectValues, LOWEST_QUALITY } from '../../../src/score/quality-aspects.ts';
import type { Pixels } from '../../../src/types.ts';
import {
  draw,
  drawing,
  photograph,
  PHOTOGRAPHS,
  plain,
  resized,
  tiled,
  withBlur,
  withBrightness,
  withContrast,
  withNoise,
  withSaturation,
  withSharpening,
} from './images.ts';

describe.each(PHOTOGRAPHS)('quality of the photograph %s', (name) => {
  it.each([1, 3, 5])('is at least 0.9 when laid out %i times each way', async (times) => {
    expect(valueOf(tiled(await photograph(name), times))).toBeGreaterThan(0.9);
  });

  it('is the lower the more it is enlarged, which adds no detail', async () => {
    const photo = await photograph(name);
    const twice = valueOf(await resized(photo, 2 * photo.width, 2 * photo.height));
    const thrice = valueOf(await resized(photo, 3 * photo.width, 3 * photo.height));
    expect(twice).toBeLessThan(valueOf(photo) - 0.05);
    expect(thrice).toBeLessThan(twice - 0.1);
  });

  it.each<[string, readonly number[], (pixels: Pixels, step: number) => Pixels | Promise<Pixels>, number]>([
    ['blur', [0.7, 1, 1.5, 2, 3, 4, 6, 8], withBlur, 0.2],
    ['noise', [10, 15, 20, 30, 40, 60], withNoise, 0.1],
    ['contrast washed out', [0.55, 0.45, 0.35, 0.25, 0.15, 0.08], withContrast, 0.05],
    ['contrast beyond the band', [2.5, 3, 4, 6, 9], withContrast, 0.5],
    ['colour beyond the band', [2.5, 3, 3.5, 4, 5], withSaturation, 0.6],
    ['colour taken away', [0.3, 0.2, 0.1, 0], withSaturation, 0.35],
    ['sharpening beyond the band', [3, 4, 6, 8, 12], withSharpening, 0.3],
    ['darkening', [-60, -90, -120, -150], withBrightness, 0.3],
    ['brightening', [90, 120, 150, 180], withBrightness, 0.35],
  ])('falls with every step of %s', async (_, steps, degrade, last) => {
    const photo = await photograph(name);
    const values: number[] = [];
    for (const step of steps) values.push(valueOf(await degrade(photo, step)));
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(new Set(values).size).toBe(values.length);
    expect(values.at(-1)).toBeLessThan(last);
  });

  it('cannot be bought back with noise where blur has cost it', async () => {
    const blurred = await withBlur(await photograph(name), 2);
    const lost = valueOf(blurred);
    for (const deviation of [1, 2, 3, 4, 6, 10, 20]) {
      expect(valueOf(withNoise(blurred, deviation))).toBeLessThan(lost + 0.01);
    }
  });

  it('cannot be bought back with noise where contrast is washed out', async () => {
    const washed = withContrast(await photograph(name), 0.25);
    for (const deviation of [2, 4, 8, 16]) {
      expect(valueOf(withNoise(washed, deviation))).toBeLessThan(valueOf(washed) + 0.02);
    }
  });

  it('can be climbed back from blur, noise and paleness at once', async () => {
    const photo = await photograph(name);
    const values: number[] = [];
    for (const badness of [1, 0.8, 0.6, 0.4, 0.2, 0]) {
      const blurred = badness === 0 ? photo : await withBlur(photo, 0.3 + 3 * badness);
      values.push(valueOf(withNoise(withContrast(blurred, 1 - 0.7 * badness), 8 * badness)));
    }
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(new Set(values).size).toBe(values.length);
    expect(values[0]).toBeLessThan(0.1);
    expect(values.at(-1)).toBeGreaterThan(0.9);
  });
});

describe.each<[string, readonly [number, number, number]]>([
  ['paper', [232, 222, 205]],
  ['white', [255, 255, 255]],
  ['night', [24, 20, 60]],
])('quality of a drawing on %s', (_, background) => {
  const image = drawing(320, background);

  it('cannot be raised with noise', () => {
    // On white a little noise darkens the image, which is worth that much.
    for (const deviation of [1, 2, 4, 8, 12, 16, 24]) {
      expect(valueOf(withNoise(image, deviation))).toBeLessThan(valueOf(image) + 0.03);
    }
    expect(valueOf(withNoise(image, 16))).toBeLessThan(valueOf(image) - 0.1);
  });

  it('falls with blur', async () => {
    const values = [valueOf(image), valueOf(await withBlur(image, 2)), valueOf(await withBlur(image, 5))];
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(values[2]).toBeLessThan(0.6 * valueOf(image));
  });
});

it('rates a drawing on paper as an ordinary good image', () => {
  expect(valueOf(drawing(320, [232, 222, 205]))).toBeGreaterThan(0.9);
});

describe('parts of quality', () => {
  it('are the raw measures', async () => {
    const photo = await photograph('coffee');
    const result = scoreQuality(photo);
    const { half, ...measures } = measureImage(photo);
    expect(result).toMatchObject({ state: 'scored', parts: { ...measures, 'half.noise': half.noise } });
  });

  it('are judged by aspect: blur costs crispness, noise grain, and nothing else much', async () => {
    const photo = await photograph('astronaut');
    const blurred = aspectValues(measureImage(await withBlur(photo, 3)));
    const noisy = aspectValues(measureImage(withNoise(photo, 25)));
    expect(
      Object.entries(blurred)
        .filter(([, value]) => value < 0.9)
        .map(([name]) => name),
    ).toEqual(['crispness', 'coarseCrispness']);
    expect(
      Object.entries(noisy)
        .filter(([, value]) => value < 0.9)
        .map(([name]) => name),
    ).toEqual(['quietNoise', 'grain']);
  });
});

describe('images that are none', () => {
  it.each([
    ['black', plain(64, 64, 0), 'luma 0, deviation 0.00 of 255'],
    ['white', plain(64, 64, 255), 'a single flat tone'],
    [
      'nearly flat',
      draw(64, 64, (x) => [100 + (x % 4), 100 + (x % 4), 100 + (x % 4)]),
      'deviation 1.12 of 255',
    ],
    [
      'black but for a spot',
      draw(64, 64, (x, y) => (x < 8 && y < 8 ? [255, 255, 255] : [0, 0, 0])),
      '98.4 % of it',
    ],
    ['1 × 1', plain(1, 1, 90), '1 × 1 pixels, fewer than 16 a side'],
    ['a strip', plain(500, 15, 90), '500 × 15 pixels'],
  ])('%s: invalid, with the reason', (_, pixels, reason) => {
    expect(scoreQuality(pixels)).toEqual({ state: 'invalid', reason: expect.stringContaining(reason) });
  });

  it('just not: a deviation of 2 and 97 % of one value are scored', () => {
    const faint = draw(64, 64, (x) => (x % 2 === 0 ? [98, 98, 98] : [103, 103, 103]));
    const spot = draw(100, 100, (x, y) => (x < 20 && y < 15 ? [255, 200, 0] : [0, 0, 0]));
    for (const pixels of [faint, spot]) {
      const value = valueOf(pixels);
      expect(value).toBeGreaterThan(LOWEST_QUALITY);
      expect(value).toBeLessThan(0.15);
    }
  });
});

describe('qualityScorer', () => {
  it('stops between images when aborted', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    const item = {
      pixels: plain(64, 64, 0),
      bytes: new Uint8Array(),
      prompt: '',
      negativePrompt: '',
      payload: 'p',
      seed: 1,
      infotext: null,
    };
    await expect(qualityScorer().score([item], controller.signal)).rejects.toThrow('enough');
  });
});

function valueOf(pixels: Pixels): number {
  const result = scoreQuality(pixels);
  if (result.state === 'invalid') throw new Error(result.reason);
  return result.value;
}
