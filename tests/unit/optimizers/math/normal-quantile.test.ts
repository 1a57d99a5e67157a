import { expect, it } from 'vitest';
import { normalQuantile } from '../../../../src/optimizers/math/normal-quantile.ts';
import { normalCdf } from '../../../../src/optimizers/math/normal.ts';

it('knows the quantiles of tables', () => {
  expect(normalQuantile(0.5)).toBeCloseTo(0, 15);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
  expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306167813, 12);
});

it.each([1e-9, 0.001425, 0.02, 0.3, 0.5, 0.77, 0.9999])('is the inverse of the distribution at %d', (p) => {
  expect(normalCdf(normalQuantile(p)) / p).toBeCloseTo(1, 12);
});
