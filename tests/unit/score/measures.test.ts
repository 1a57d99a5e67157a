import { describe, expect, it } from 'vitest';
import { brightness } from '../../../src/score/measures/brightness.ts';
import { colourfulness } from '../../../src/score/measures/colourfulness.ts';
import { entropy } from '../../../src/score/measures/entropy.ts';
import { exposure } from '../../../src/score/measures/exposure.ts';
import { toGrey } from '../../../src/score/measures/grey.ts';
import type { Grey } from '../../../src/score/measures/grey.ts';
import { halve } from '../../../src/score/measures/halve.ts';
import { laplacianVariance } from '../../../src/score/measures/laplacian-variance.ts';
import { lumaHistogram, lumaMoments } from '../../../src/score/measures/luma-histogram.ts';
import { lumaRange } from '../../../src/score/measures/luma-range.ts';
import { noise } from '../../../src/score/measures/noise.ts';
import { quietNoise } from '../../../src/score/measures/quiet-noise.ts';
import { rmsContrast } from '../../../src/score/measures/rms-contrast.ts';
import { saturation } from '../../../src/score/measures/saturation.ts';
import { crispnessOf, detailOf, grainOf, measureSharpness } from '../../../src/score/measures/sharpness.ts';
import { shrinkToLongSide } from '../../../src/score/measures/shrink.ts';
import { tenengrad } from '../../../src/score/measures/tenengrad.ts';
import { draw, drawing, plain, reference, withNoise } from './images.ts';

describe(`measures against ${reference.madeBy}`, () => {
  describe.each(reference.pictures)('$name, $width × $height', (image) => {
    const pixels = { width: image.width, height: image.height, data: image.rgb };
    const grey = toGrey(pixels);
    const histogram = lumaHistogram(grey);

    it('has the same grey, byte for byte', () => {
      expect([...grey.data]).toEqual([...image.grey]);
    });

    it('has the same measures', () => {
      expect({
        laplacianVariance: laplacianVariance(grey),
        rmsContrast: rmsContrast(histogram),
        brightness: brightness(histogram),
        ...exposure(histogram),
        entropy: entropy(histogram),
        lumaRange: lumaRange(histogram),
        colourfulness: colourfulness(pixels),
        saturation: saturation(pixels),
      }).toEqual({
        laplacianVariance: near(image.laplacianVariance),
        rmsContrast: near(image.rmsContrast),
        brightness: near(image.brightness),
        crushed: near(image.crushed),
        blown: near(image.blown),
        entropy: near(image.entropy),
        lumaRange: near(image.lumaRange),
        colourfulness: near(image.colourfulness),
        saturation: near(image.saturation),
      });
    });
  });

  const large = reference.pictures.filter(({ noise }) => noise !== undefined);
  const small = reference.pictures.filter(({ noise }) => noise === undefined);

  it.each(large)('$name has the same noise and Tenengrad', (image) => {
    const grey = toGrey({ width: image.width, height: image.height, data: image.rgb });
    expect({ noise: noise(grey), tenengrad: tenengrad(grey) }).toEqual({
      noise: near(image.noise),
      tenengrad: near(image.tenengrad),
    });
  });

  it.each(reference.pictures.filter(({ quietNoise }) => quietNoise !== undefined))(
    '$name has the same quiet noise',
    (image) => {
      const grey = toGrey({ width: image.width, height: image.height, data: image.rgb });
      expect(quietNoise(grey)).toEqual(near(image.quietNoise));
    },
  );

  it.each(small)('$name is too small for noise and Tenengrad', (image) => {
    const grey = toGrey({ width: image.width, height: image.height, data: image.rgb });
    expect(() => noise(grey)).toThrow(RangeError);
    expect(() => tenengrad(grey)).toThrow(RangeError);
  });

  it.each(reference.shrinks)('shrinks $width × $height to $longSide as INTER_AREA does', (shrink) => {
    const pixels = { width: shrink.width, height: shrink.height, data: shrink.rgb };
    const small = shrinkToLongSide(pixels, shrink.longSide);
    expect([small.width, small.height]).toEqual([shrink.toWidth, shrink.toHeight]);
    const differences = [...small.data].map((value, i) => Math.abs(value - (shrink.shrunk[i] ?? Number.NaN)));
    // OpenCV's weights are 32-bit floats: a tie at .5 may fall the other way.
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    expect(differences.filter((difference) => difference > 0).length).toBeLessThan(differences.length / 100);
  });
});

describe('measures by hand', () => {
  it('takes luma from the channels by 9798, 19235 and 3735 of 32768', () => {
    expect([
      ...toGrey({ width: 4, height: 1, data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255) })
        .data,
    ]).toEqual([76, 150, 29, 255]);
  });

  it('mirrors about the edge pixel, not beside it', () => {
    // Rows of 0 10 0: mirrored the Laplacian is 20, -20, 20 in each row; the mean is 20/3, the mean square 400.
    const grey: Grey = { width: 3, height: 3, data: Uint8Array.of(0, 10, 0, 0, 10, 0, 0, 10, 0) };
    expect(laplacianVariance(grey)).toBeCloseTo(400 - (20 / 3) ** 2, 10);
  });

  it('gives a step of height h 32 h² on its two columns', () => {
    const step: Grey = { width: 4, height: 3, data: Uint8Array.of(0, 0, 10, 10, 0, 0, 10, 10, 0, 0, 10, 10) };
    expect(tenengrad(step)).toBe(1600);
  });

  it('counts 2 as crushed and 253 as blown, 3 and 252 as neither', () => {
    const histogram = lumaHistogram({ width: 4, height: 1, data: Uint8Array.of(2, 3, 252, 253) });
    expect(exposure(histogram)).toEqual({ crushed: 0.25, blown: 0.25 });
  });

  it('moves both ends of the exposure inwards by the tolerance', () => {
    const histogram = lumaHistogram({ width: 4, height: 1, data: Uint8Array.of(5, 6, 249, 250) });
    expect(exposure(histogram, 3)).toEqual({ crushed: 0.25, blown: 0.25 });
  });

  it('finds the noise between the lines, and none where lines are all there is', () => {
    const lines = drawing(256, [230, 210, 240]);
    expect(quietNoise(toGrey(lines))).toBe(0);
    expect(noise(toGrey(lines))).toBeGreaterThan(1);
    // The luma of independent channel noise of deviation 9 has 6.02; a quarter of the blocks lie a little below.
    expect(quietNoise(toGrey(withNoise(lines, 9)))).toBeCloseTo(6, 0);
    expect(() => quietNoise(toGrey(plain(15, 16, 0)))).toThrow(RangeError);
  });

  it('has mean 2 and deviation 2 for 0 0 4 4', () => {
    const histogram = lumaHistogram({ width: 4, height: 1, data: Uint8Array.of(0, 0, 4, 4) });
    expect(lumaMoments(histogram)).toEqual({ mean: 2, deviation: 2 });
  });

  it('has 8 bits of entropy when each value comes once, 1 bit for two values, none for one', () => {
    const entropyOf = (data: Uint8Array): number =>
      entropy(lumaHistogram({ width: data.length, height: 1, data }));
    expect(entropyOf(Uint8Array.from({ length: 256 }, (_, i) => i))).toBe(8);
    expect(entropyOf(Uint8Array.of(7, 9))).toBe(1);
    expect(entropyOf(Uint8Array.of(7, 7))).toBe(0);
  });

  it('leaves the outer hundredths out of the luma range', () => {
    const data = Uint8Array.from({ length: 1000 }, (_, i) =>
      i < 9 ? 0 : i >= 991 ? 255 : i < 500 ? 51 : 102,
    );
    expect(lumaRange(lumaHistogram({ width: 1000, height: 1, data }))).toBeCloseTo(0.2, 12);
  });

  it('has the colourfulness and the saturation of pure red', () => {
    const red = draw(4, 4, () => [255, 0, 0]);
    expect(colourfulness(red)).toBeCloseTo(0.3 * Math.hypot(255, 127.5), 10);
    expect(saturation(red)).toBeCloseTo(1, 12);
    expect(saturation(plain(4, 4, 0))).toBe(0);
  });

  it('halves by rounded means and leaves an odd row and column out', () => {
    const grey: Grey = { width: 3, height: 3, data: Uint8Array.of(1, 2, 9, 2, 1, 9, 9, 9, 9) };
    expect(halve(grey)).toEqual({ width: 1, height: 1, data: Uint8Array.of(2) });
  });
});

describe('shrinkToLongSide', () => {
  it('returns an image that is small enough as it is', () => {
    const pixels = plain(40, 30, 9);
    expect(shrinkToLongSide(pixels, 40)).toBe(pixels);
  });

  it('averages whole blocks exactly', () => {
    const checks = draw(8, 4, (x, y) => ((x + y) % 2 === 0 ? [0, 100, 255] : [10, 100, 255]));
    expect([...shrinkToLongSide(checks, 4).data.subarray(0, 6)]).toEqual([5, 100, 255, 5, 100, 255]);
  });

  it('keeps a flat colour and at least one pixel of the short side', () => {
    const small = shrinkToLongSide(plain(1000, 2, 77), 7);
    expect([small.width, small.height, ...new Set(small.data)]).toEqual([7, 1, 77]);
  });
});

describe('sharpness', () => {
  it('measures white noise as grain without detail', () => {
    const sharpness = measureSharpness(toGrey(withNoise(plain(256, 256, 128), 20)));
    // The luma of independent channel noise of deviation 20 has √(.299² + .587² + .114²) · 20.
    expect(sharpness.noise).toBeCloseTo(13.37, 0);
    expect(grainOf(sharpness)).toBeGreaterThan(0.95);
    expect(detailOf(sharpness)).toBeLessThan(0.05 * sharpness.laplacianVariance);
  });

  it('has a crispness of 1/16 for hard edges whatever their height', () => {
    const bars = (height: number): number =>
      crispnessOf(
        measureSharpness(
          toGrey(
            draw(256, 64, (x) => (x % 32 < 16 ? [50, 50, 50] : [50 + height, 50 + height, 50 + height])),
          ),
        ),
      );
    expect(bars(40)).toBeCloseTo(1 / 16, 2);
    expect(bars(160)).toBeCloseTo(bars(40), 6);
  });

  it('is without grain and detail where nothing is', () => {
    const sharpness = measureSharpness(toGrey(plain(16, 16, 200)));
    expect([detailOf(sharpness), crispnessOf(sharpness), grainOf(sharpness)]).toEqual([0, 0, 0]);
  });
});

/** Sums in another order differ in the last digits; the largest values here have six before the point. */
function near(expected: number | undefined): unknown {
  return expect.closeTo(expected ?? Number.NaN, 9);
}
