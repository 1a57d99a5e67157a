import { describe, expect, it } from 'vitest';
import { rotate, spiralStep } from '../../../src/optimizers/population/spiral-optimization.ts';

const basis = (i: number, n: number): number[] => Array.from({ length: n }, (_, d) => (d === i ? 1 : 0));

describe('the rotation of the spiral', () => {
  it('moves every axis to the next, the last to minus the first', () => {
    expect(rotate(basis(0, 4))).toEqual([-0, 1, 0, 0]);
    expect(rotate(basis(2, 4))).toEqual([-0, 0, 0, 1]);
    expect(rotate(basis(3, 4))).toEqual([-1, 0, 0, 0]);
  });

  it('is orthogonal: it keeps inner products', () => {
    const a = [0.3, -1.2, 0.7];
    const b = [2, 0.1, -0.4];
    const inner = (x: number[], y: number[]): number => x.reduce((sum, v, d) => sum + v * (y[d] ?? 0), 0);
    expect(inner(rotate(a), rotate(b))).toBeCloseTo(inner(a, b), 14);
  });

  it('turns about the centre and shrinks by the factor', () => {
    const [x, y] = spiralStep([0.9, 0.5], [0.5, 0.5], 0.5);
    expect(x).toBeCloseTo(0.5, 14);
    expect(y).toBeCloseTo(0.7, 14);
  });
});
