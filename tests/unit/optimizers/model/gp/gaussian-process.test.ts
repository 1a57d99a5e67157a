import { describe, expect, it } from 'vitest';
import { logExpectedImprovement } from '../../../../../src/optimizers/model/gp/acquisition.ts';
import { fitParameters, negativeLogLikelihood } from '../../../../../src/optimizers/model/gp/fit.ts';
import { conditionOn, type TrainingData } from '../../../../../src/optimizers/model/gp/gaussian-process.ts';
import { doubted } from '../../../../../src/optimizers/model/gp/kernel.ts';
import { createRng } from '../../../../../src/optimizers/math/rng.ts';

const SIZE = 3;
const PARAMETERS = {
  amplitude: 0.8,
  lengthscale: 0.9,
  linear: 0.5,
  noise: 0.01,
  relevance: Float64Array.of(0.7, 1, 1.6),
};

describe('conditionOn', () => {
  const process = conditionOn(sample(12), PARAMETERS, 0);
  const withImages = conditionOn({ ...sample(12), shared: sharesOf(12) }, PARAMETERS, 0);

  it('has the gradients of its differences', () => {
    const x = [0.31, 0.72, 0.44];
    const mean = new Float64Array(SIZE);
    const variance = new Float64Array(SIZE);
    const at = process.predictWithGradient(x, mean, variance);
    expect(at).toEqual(process.predict(x));
    expect(process.mean(x)).toBe(at.mean);
    for (let d = 0; d < SIZE; d++) {
      const up = process.predict(x.with(d, (x[d] ?? 0) + 1e-5));
      const down = process.predict(x.with(d, (x[d] ?? 0) - 1e-5));
      expect(mean[d]).toBeCloseTo((up.mean - down.mean) / 2e-5, 6);
      expect(variance[d]).toBeCloseTo((up.variance - down.variance) / 2e-5, 6);
    }
  });

  it('gives an acquisition whose gradient is that of its differences, near and far from the best', () => {
    for (const [incumbent, boldness] of [
      [[0.1, 0.2, 0.9], 1],
      [[0.6, 0.9, 0.5], 1],
      [[0.31, 0.7, 0.44], 1],
      [[0.9, 1, 0.1], 2.5],
    ] as const) {
      const acquisition = logExpectedImprovement(withImages, incumbent, SIZE, boldness);
      const x = Float64Array.of(0.31, 0.72, 0.44);
      const gradient = new Float64Array(SIZE);
      expect(acquisition.negative(x, gradient)).toBeCloseTo(-acquisition.value(x), 12);
      for (let d = 0; d < SIZE; d++) {
        const step = 1e-5;
        const up = acquisition.value(x.with(d, (x[d] ?? 0) + step));
        const down = acquisition.value(x.with(d, (x[d] ?? 0) - step));
        const difference = -(up - down) / (2 * step);
        expect(Math.abs((gradient[d] ?? 0) - difference)).toBeLessThan(1e-5 * (1 + Math.abs(difference)));
      }
    }
  });

  it('is the posterior of the whole prior covariance, what images share included', () => {
    const data = { ...sample(4), shared: sharesOf(4) };
    const small = conditionOn(data, PARAMETERS, 0);
    const points = Array.from({ length: 4 }, (_, i) => [...data.points.subarray(SIZE * i, SIZE * (i + 1))]);
    const x = [0.31, 0.72, 0.44];
    const total = PARAMETERS.linear + PARAMETERS.amplitude;
    const own = (a: readonly number[], b: readonly number[]): number => process.covariance(a, b) - 1;
    const matrix = points.map((a, i) =>
      points.map(
        (b, j) =>
          1 +
          own(a, b) * (1 + Math.min(data.shared[i] ?? 0, data.shared[j] ?? 0) / total) +
          (i === j ? PARAMETERS.noise : 0),
      ),
    );
    const k = points.map((point) => process.covariance(point, x));
    const solved = solveSymmetric(matrix, k);
    const { mean, variance } = small.predict(x);
    expect(mean).toBeCloseTo(
      solved.reduce((sum, value, i) => sum + value * (data.targets[i] ?? 0), 0),
      9,
    );
    expect(variance).toBeCloseTo(
      process.covariance(x, x) - solved.reduce((sum, value, i) => sum + value * (k[i] ?? 0), 0),
      9,
    );
  });

  it('knows the difference of neighbours better than either of them, where few images were seen', () => {
    const [x, near] = [
      [0.31, 0.72, 0.44],
      [0.33, 0.72, 0.44],
    ];
    const difference = withImages.comparedWith(near).predict(x);
    expect(difference.variance).toBeLessThan(0.05 * withImages.predict(x).variance);
    expect(difference.mean).toBeCloseTo(withImages.mean(x) - withImages.mean(near), 12);
    expect(withImages.comparedWith(x).predict(x)).toEqual({ mean: 0, variance: 1e-12 });
  });

  it('believes a point: the mean stays everywhere, the variance there falls to little more than noise', () => {
    const believing = conditionOn(sample(12), PARAMETERS, 1);
    const x = [0.9, 0.1, 0.5];
    believing.believe(x);
    for (const point of [x, [0.2, 0.2, 0.2]]) {
      expect(believing.predict(point).mean).toBeCloseTo(process.predict(point).mean, 10);
    }
    expect(believing.predict(x).variance).toBeLessThan(PARAMETERS.noise);
    expect(process.predict(x).variance).toBeGreaterThan(0.1);
  });

  it('follows a score with known variance less than one without', () => {
    const data = sample(12);
    const target = data.targets[0] ?? 0;
    const point = Array.from(data.points.subarray(0, SIZE));
    const trusted = conditionOn(data, PARAMETERS, 0).predict(point).mean;
    const doubted = conditionOn({ ...data, extraNoise: data.extraNoise.with(0, 4) }, PARAMETERS, 0);
    expect(Math.abs(doubted.predict(point).mean - target)).toBeGreaterThan(Math.abs(trusted - target));
  });

  it('when it doubts, draws no line between two ends: the middle of a weight is open, what was seen stays', () => {
    const data = sample(12);
    for (let i = 0; i < 12 * SIZE; i++) data.points[i] = Math.round(data.points[i] ?? 0);
    const trusting = conditionOn(data, PARAMETERS, 0);
    const doubting = conditionOn(data, doubted(PARAMETERS), 0);
    const seen = Array.from(data.points.subarray(0, SIZE));
    const between = seen.with(0, 0.5);
    expect(doubting.predict(between).variance).toBeGreaterThan(3 * trusting.predict(between).variance);
    expect(doubting.predict(seen).variance).toBeLessThan(0.02);
  });

  it('stands repeated points without noise', () => {
    const data = sample(12);
    for (let i = 1; i < 6; i++) data.points.set(data.points.subarray(0, SIZE), i * SIZE);
    const { mean, variance } = conditionOn(data, { ...PARAMETERS, noise: 0 }, 0).predict([0.5, 0.5, 0.5]);
    expect(Number.isFinite(mean)).toBe(true);
    expect(variance).toBeGreaterThan(0);
  });
});

describe('fitParameters', () => {
  it('finds what is linear, what is curved and what is noise', () => {
    const linear = fitParameters(
      sample(40, (x) => 3 * (x[0] ?? 0) - 2 * (x[1] ?? 0)),
      40,
    );
    const noisy = fitParameters(
      sample(40, (_, random) => random),
      40,
    );
    const wavy = fitParameters(
      sample(40, (x) => Math.sin(9 * (x[0] ?? 0))),
      40,
    );
    expect(noisy.noise).toBeGreaterThan(5 * Math.max(linear.noise, wavy.noise));
    expect(linear.linear).toBeGreaterThan(2 * noisy.linear);
    expect(wavy.lengthscale).toBeLessThan(linear.lengthscale);
  });

  it('finds which coordinates decide, and calls them equal where nothing says otherwise', () => {
    const { relevance } = fitParameters(
      sample(40, (x) => Math.sin(6 * (x[1] ?? 0))),
      40,
    );
    expect(relevance[1]).toBeGreaterThan(3 * Math.max(relevance[0] ?? 0, relevance[2] ?? 0));
    const unknown = fitParameters(sample(1), 40).relevance;
    for (const value of unknown) expect(value).toBeCloseTo(1, 1);
  });

  it('climbs a likelihood whose gradient is that of its differences', () => {
    const likelihood = negativeLogLikelihood({
      ...sample(12),
      extraNoise: new Float64Array(12).fill(0.02),
      shared: sharesOf(12),
    });
    const at = Float64Array.of(0.2, -0.3, -0.5, -3, 0.4, -0.6, 0.1);
    const gradient = new Float64Array(at.length);
    const other = new Float64Array(at.length);
    likelihood(at, gradient);
    for (const [p, value] of at.entries()) {
      const up = likelihood(at.with(p, value + 1e-5), other);
      const down = likelihood(at.with(p, value - 1e-5), other);
      expect(gradient[p]).toBeCloseTo((up - down) / 2e-5, 6);
    }
  });
});

/** Standardised targets of a function at random points. */
function sample(
  count: number,
  f: (x: readonly number[], random: number) => number = (x) => Math.sin(4 * (x[0] ?? 0)) + (x[1] ?? 0),
): TrainingData {
  const random = createRng(9);
  const rows = Array.from({ length: count }, () => Array.from({ length: SIZE }, () => random.uniform()));
  const scores = rows.map((x) => f(x, random.normal()));
  const mean = scores.reduce((sum, score) => sum + score, 0) / count;
  const sd = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / count);
  return {
    points: Float64Array.from(rows.flat()),
    count,
    size: SIZE,
    targets: Float64Array.from(scores, (score) => (score - mean) / sd),
    extraNoise: new Float64Array(count),
    shared: new Float64Array(count),
  };
}

/** Of means of 1, 2 and 3 images. */
function sharesOf(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => 0.4 / (1 + (i % 3)));
}

/** By Gaussian elimination. */
function solveSymmetric(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const lines = matrix.map((line, i) => [...line, right[i] ?? 0]);
  for (const [i, line] of lines.entries()) {
    for (const [j, other] of lines.entries()) {
      const factor = i === j ? 0 : (other[i] ?? 0) / (line[i] ?? 1);
      for (const [c, value] of line.entries()) other[c] = (other[c] ?? 0) - factor * value;
    }
  }
  return lines.map((line, i) => (line.at(-1) ?? 0) / (line[i] ?? 1));
}
