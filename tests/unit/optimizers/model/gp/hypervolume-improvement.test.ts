import { describe, expect, it } from 'vitest';
import { createRng } from '../../../../../src/optimizers/math/rng.ts';
import { freeBoxes, hypervolume } from '../../../../../src/optimizers/math/pareto.ts';
import { logExpectedHypervolumeImprovement } from '../../../../../src/optimizers/model/gp/hypervolume-improvement.ts';

interface Normal {
  readonly mean: number;
  readonly sd: number;
}

/** A process whose mean and deviation are straight lines over one coordinate. */
function line(at0: Normal, slope: Normal) {
  const predict = (x: ArrayLike<number>) => ({
    mean: at0.mean + slope.mean * (x[0] ?? 0),
    variance: (at0.sd + slope.sd * (x[0] ?? 0)) ** 2,
  });
  return {
    predict,
    predictWithGradient(x: ArrayLike<number>, byMean: Float64Array, byVariance: Float64Array) {
      byMean[0] = slope.mean;
      byVariance[0] = 2 * (at0.sd + slope.sd * (x[0] ?? 0)) * slope.sd;
      return predict(x);
    },
  };
}

const flat = (mean: number, sd: number) => line({ mean, sd }, { mean: 0, sd: 0 });

const FRONTS = {
  'two goals': {
    front: [
      [0, 2],
      [1, 1],
      [1.5, -0.5],
    ],
    reference: [-1, -1],
  },
  'three goals': {
    front: [
      [0, 2, 0.5],
      [1, 1, 1],
      [1.5, -0.5, 0],
      [-0.5, 0, 2],
    ],
    reference: [-1, -1, -1],
  },
  'no point yet': { front: [], reference: [0, 0] },
};

describe.each(Object.entries(FRONTS))('%s', (_, { front, reference }) => {
  const boxes = freeBoxes(front, reference);

  it('is what random draws add to the hypervolume on average', () => {
    const random = createRng(7);
    const before = hypervolume(front, reference);
    for (let example = 0; example < 3; example++) {
      const normals = reference.map(() => ({ mean: random.normal(), sd: 0.2 + random.uniform() }));
      const models = normals.map(({ mean, sd }) => flat(mean, sd));
      const exact = Math.exp(logExpectedHypervolumeImprovement(models, boxes, 1).value([0]));
      const gains = Array.from({ length: 3000 }, () => {
        const drawn = normals.map(({ mean, sd }) => mean + sd * random.normal());
        return hypervolume([...front, drawn], reference) - before;
      });
      const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
      const variance = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / gains.length;
      // Six standard errors of a seeded mean.
      expect(Math.abs(exact - mean)).toBeLessThan(6 * Math.sqrt(variance / gains.length));
    }
  });

  it.each([0, 0.4, 3, -6])('has the gradient of its value at %d', (at) => {
    const models = reference.map((_goal, k) =>
      line({ mean: 0.3 * k, sd: 0.8 + 0.1 * k }, { mean: 1 - 0.7 * k, sd: 0.05 }),
    );
    const { negative } = logExpectedHypervolumeImprovement(models, boxes, 1, 1.3);
    const gradient = new Float64Array(1);
    const nothing = new Float64Array(1);
    const step = 1e-5;
    const value = negative(Float64Array.of(at), gradient);
    const rise =
      negative(Float64Array.of(at + step), nothing) - negative(Float64Array.of(at - step), nothing);
    expect(gradient[0]).toBeCloseTo(rise / (2 * step), 4);
    expect(value).toBe(-logExpectedHypervolumeImprovement(models, boxes, 1, 1.3).value([at]));
  });

  it('is finite and rises with the mean where all improvement is next to impossible', () => {
    const at = (mean: number): number =>
      logExpectedHypervolumeImprovement(
        reference.map(() => flat(mean, 0.01)),
        boxes,
        1,
      ).value([0]);
    expect(Number.isFinite(at(-8))).toBe(true);
    expect(at(-7)).toBeGreaterThan(at(-8));
  });
});

it('with one goal it is the expected improvement', () => {
  const boxes = freeBoxes([[1]], [-5]);
  // E (Y − 1)⁺ of a standard normal.
  expect(Math.exp(logExpectedHypervolumeImprovement([flat(0, 1)], boxes, 1).value([0]))).toBeCloseTo(
    0.083_315_5,
    6,
  );
});
