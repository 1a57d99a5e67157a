import { describe, expect, it } from 'vitest';
import { halfSize as halfCubic } from '../../../src/score/brisque/half-size.ts';
import { halfSize } from '../../../src/score/niqe/half-size.ts';
import { pristineGaussian } from '../../../src/score/niqe/reference.ts';
import { createAsymmetricFit } from '../../../src/score/scene-statistics/asymmetric-fit.ts';
import { gamma } from '../../../src/score/scene-statistics/gamma.ts';
import { fitNeighbours, rimmed } from '../../../src/score/scene-statistics/neighbour-fits.ts';
import { normaliseContrast } from '../../../src/score/scene-statistics/normalise-contrast.ts';
import type { Plane } from '../../../src/score/scene-statistics/plane.ts';

function plane(width: number, height: number, value: (x: number, y: number) => number): Plane {
  const data = Float32Array.from({ length: width * height }, (_, i) =>
    value(i % width, Math.floor(i / width)),
  );
  return { width, height, data };
}

describe('gamma', () => {
  it.each([
    [0.1, 9.513507698668732],
    [0.5, Math.sqrt(Math.PI)],
    [1, 1],
    [5, 24],
    [15, 87_178_291_200],
  ])('of %d', (x, expected) => {
    expect(gamma(x) / expected).toBeCloseTo(1, 12);
  });
});

describe('normaliseContrast', () => {
  it('is exactly 0 in flat areas, whatever their value', () => {
    for (const value of [16, 37, 100.3, 235]) {
      expect(normaliseContrast(plane(20, 9, () => value)).data.every((each) => each === 0)).toBe(true);
    }
  });

  it('does not see brightness, and hardly contrast where there is enough', () => {
    const texture = (x: number, y: number): number => ((x * 37 + y * 91) ** 2 % 61) - 30;
    const dim = normaliseContrast(plane(40, 40, (x, y) => 100 + texture(x, y)));
    const bright = normaliseContrast(plane(40, 40, (x, y) => 150 + texture(x, y)));
    const strong = normaliseContrast(plane(40, 40, (x, y) => 100 + 2 * texture(x, y)));
    for (const [i, value] of dim.data.entries()) {
      expect(bright.data[i]).toBeCloseTo(value, 3);
      expect(Math.abs((strong.data[i] ?? Number.NaN) - value)).toBeLessThan(0.15);
    }
  });
});

describe('half size', () => {
  it('keeps flat areas flat to the last bit, with both kernels', () => {
    for (const value of [16, 37, 235]) {
      expect([...new Set(halfSize(plane(16, 12, () => value)).data)]).toEqual([value]);
      expect([...new Set(halfCubic(plane(17, 13, () => value)).data)]).toEqual([value]);
    }
  });

  it('keeps a slope, away from the border', () => {
    const slope = plane(32, 16, (x, y) => 3 * x + y);
    for (const halved of [halfSize(slope), halfCubic(slope)]) {
      expect([halved.width, halved.height]).toEqual([16, 8]);
      // Pixel 8, 4 of the half lies at 16.5, 8.5 of the whole.
      expect(halved.data[4 * 16 + 8]).toBeCloseTo(3 * 16.5 + 8.5, 10);
    }
  });

  it('takes in what aliases only where it is antialiased', () => {
    const stripes = plane(32, 16, (x) => (x % 4 < 2 ? 0 : 100));
    const spread = ({ data }: Plane): number => Math.max(...data) - Math.min(...data);
    expect(spread(halfCubic(stripes))).toBeGreaterThan(spread(halfSize(stripes)));
  });
});

describe('the asymmetric fit', () => {
  const fit = createAsymmetricFit();

  it('finds normal and Laplace noise, and a side that is wider', () => {
    const of = (quantile: (p: number) => number): ReturnType<typeof fit> => {
      const values = plane(500, 200, (x, y) => quantile((500 * y + x + 0.5) / 100_000));
      return fitNeighbours(rimmed(values, 0, 0, 500, 200, 'zero'), fit)[0];
    };
    const laplace = (p: number): number => (p < 0.5 ? Math.log(2 * p) : -Math.log(2 - 2 * p));
    expect(of(laplace).shape).toBeCloseTo(1, 1);
    expect(of(laplace).left).toBeCloseTo(Math.SQRT2, 2);
    const lopsided = of((p) => (p < 1 / 3 ? Math.log(3 * p) : -2 * Math.log((3 - 3 * p) / 2)));
    expect(lopsided.right / lopsided.left).toBeCloseTo(2, 2);
    expect(of((p) => p - 0.5).shape).toBeGreaterThan(5);
  });

  it('has no width for a side without values', () => {
    const [values] = fitNeighbours(
      rimmed(
        plane(8, 8, (x) => x),
        0,
        0,
        8,
        8,
        'wrapped',
      ),
      fit,
    );
    expect(values.left).toBeNaN();
    expect(values.shape).toBe(0.2);
  });

  it('meets the opposite edge only where the rim is wrapped', () => {
    const ends = plane(4, 3, (x) => (x === 0 ? 2 : x === 3 ? -3 : 0));
    const [, wrapped] = fitNeighbours(rimmed(ends, 0, 0, 4, 3, 'wrapped'), fit);
    const [, zero] = fitNeighbours(rimmed(ends, 0, 0, 4, 3, 'zero'), fit);
    expect(wrapped.left).toBe(6);
    expect(zero.left).toBeNaN();
  });
});

describe('the reference of NIQE', () => {
  it('has the published numbers', () => {
    const { mean, covariance } = pristineGaussian();
    expect([...mean.subarray(0, 4)].map((value) => value.toFixed(8))).toEqual([
      '2.60131368',
      '0.90570272',
      '0.81204778',
      '0.09042671',
    ]);
    expect([...covariance.subarray(0, 3)].map((value) => value.toFixed(8))).toEqual([
      '0.45347810',
      '0.09610110',
      '0.08276324',
    ]);
    expect(covariance).toHaveLength(36 * 36);
    expect(covariance[36 * 7 + 20]).toBe(covariance[36 * 20 + 7]);
  });
});
