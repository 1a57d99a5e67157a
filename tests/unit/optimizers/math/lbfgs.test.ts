import { describe, expect, it } from 'vitest';
import { minimise, type Smooth } from '../../../../src/optimizers/math/lbfgs.ts';

const rosenbrock: Smooth = (x, gradient) => {
  const [a = 0, b = 0] = x;
  gradient[0] = -400 * a * (b - a * a) - 2 * (1 - a);
  gradient[1] = 200 * (b - a * a);
  return 100 * (b - a * a) ** 2 + (1 - a) ** 2;
};

describe('minimise', () => {
  it('finds the bottom of a curved valley', () => {
    const { x, value } = minimise(rosenbrock, [-1.2, 1], box(-2, 2), 200, 1e-14);
    expect(value).toBeLessThan(1e-8);
    expect(x[0]).toBeCloseTo(1, 3);
    expect(x[1]).toBeCloseTo(1, 3);
  });

  it('stops at a wall', () => {
    const { x } = minimise(rosenbrock, [-1.2, 0.2], box(-2, 0.5), 200, 1e-14);
    expect(x[0]).toBeCloseTo(0.5, 6);
    expect(x[1]).toBeCloseTo(0.25, 3);
  });

  it('keeps to its evaluations and never ends above its start', () => {
    let calls = 0;
    const counted: Smooth = (x, gradient) => {
      calls++;
      return rosenbrock(x, gradient);
    };
    const { value } = minimise(counted, [-1.2, 1], box(-2, 2), 7, 0);
    expect(calls).toBe(7);
    expect(value).toBeLessThan(24.2);
  });

  it('gives up where the function does not exist', () => {
    expect(minimise(() => Infinity, [0, 0], box(-1, 1), 10, 0).value).toBe(Infinity);
  });
});

function box(low: number, high: number): { low: Float64Array; high: Float64Array } {
  return { low: Float64Array.of(low, low), high: Float64Array.of(high, high) };
}
