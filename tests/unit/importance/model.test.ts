import { describe, expect, it } from 'vitest';
import { likenesses, observe } from '../../../src/importance/model/basis.ts';
import { fitExpansion } from '../../../src/importance/model/expansion.ts';
import { negativeLogPosterior, priorMedians } from '../../../src/importance/model/posterior.ts';
import { createRng } from '../../../src/optimizers/math/rng.ts';

function points(count: number, size: number, seed: number): number[][] {
  const random = createRng(seed);
  return Array.from({ length: count }, () => Array.from({ length: size }, () => random.uniform()));
}

describe('the posterior of the scales', () => {
  it('has the gradient that differences show', () => {
    const random = createRng(3);
    const size = 4;
    const at = points(12, size, 1);
    const targets = Float64Array.from(at, ([x = 0, z = 0]) => 2 * x - z + 0.1 * random.normal());
    const data = observe(at, targets, new Float64Array(12).fill(0.05));
    const density = negativeLogPosterior(data, likenesses(data));
    const logs = priorMedians(size).map((log) => log + 0.3 * random.normal());
    const gradient = new Float64Array(logs.length);
    const scratch = new Float64Array(logs.length);
    density(logs, gradient);
    for (const k of logs.keys()) {
      const step = 1e-5;
      const ahead = density(logs.with(k, (logs[k] ?? 0) + step), scratch);
      const behind = density(logs.with(k, (logs[k] ?? 0) - step), scratch);
      expect(gradient[k]).toBeCloseTo((ahead - behind) / (2 * step), 4);
    }
  });
});

describe('an expansion', () => {
  it('shares out the variance of a polynomial that it has seen at many points', () => {
    // √12 (x − ½) has variance 1, and so has their product: shares 4, 1 and 1 of 6.
    const unit = (x = 0): number => Math.sqrt(12) * (x - 0.5);
    const at = points(150, 3, 5);
    const scores = at.map(([x, z]) => 2 * unit(x) + unit(z) + unit(x) * unit(z));
    const targets = Float64Array.from(scores, (score) => score / Math.sqrt(6));
    const expansion = fitExpansion(at, targets, new Float64Array(150), 1);
    const { draws, unseen } = expansion;
    for (const { main, pairs, sum } of draws) {
      expect((main[0] ?? 0) / sum).toBeCloseTo(4 / 6, 1);
      expect((main[1] ?? 0) / sum).toBeCloseTo(1 / 6, 1);
      expect((pairs[0] ?? 0) / sum).toBeCloseTo(1 / 6, 1);
      expect((main[2] ?? 0) / sum).toBeLessThan(0.02);
    }
    for (const [i, target] of targets.entries())
      expect(Math.abs((unseen[i] ?? 0) - target)).toBeLessThan(0.3);
    const rise = expansion.compare([1, 0.5, 0.5], [0.5, 0.5, 0.5]);
    expect(rise.mean).toBeCloseTo((2 * unit(1)) / Math.sqrt(6), 1);
    expect(rise.deviation).toBeLessThan(0.2);
  });

  it('is less sure with fewer and noisier scores', () => {
    const width = (count: number, noise: number): number => {
      const random = createRng(count);
      const at = points(count, 5, 2);
      const targets = Float64Array.from(
        at,
        ([x = 0, z = 0]) => Math.sqrt(12) * (0.8 * (x - 0.5) + 0.6 * (z - 0.5)) + noise * random.normal(),
      );
      const variances = new Float64Array(count).fill(noise * noise);
      const shares = fitExpansion(at, targets, variances, 1)
        .draws.map(({ main, sum }) => (main[0] ?? 0) / sum)
        .toSorted((a, b) => a - b);
      return (shares.at(-5) ?? 0) - (shares[4] ?? 0);
    };
    const sharp = width(80, 0.1);
    expect(width(25, 0.1)).toBeGreaterThan(sharp);
    expect(width(80, 0.8)).toBeGreaterThan(2 * sharp);
  });
});
