import { describe, expect, it } from 'vitest';
import { lipschitzConstant, upperBound } from '../../../src/optimizers/partition/lipschitz.ts';

/** Six points in index units and their scores; constants and bounds as Gradient-Free-Optimizers 1.3 and 1.13 compute them. */
const POINTS = [
  [0, 0, 0],
  [5, 5, 5],
  [10, 0, 5],
  [3, 7, 9],
  [8, 2, 1],
  [1, 9, 4],
];
const SCORES = [0.2, 0.5, 0.35, 0.41, 0.1, 0.6];
const SAMPLES = POINTS.map((point, i) => ({ point, score: SCORES[i] ?? Number.NaN }));

describe('Lipschitz bounds', () => {
  it('fixed: the slope by Euclidean distance', () => {
    const constant = lipschitzConstant(SAMPLES, 'fixed');
    expect(constant).toBeCloseTo(0.0685994341, 9);
    expect(upperBound([5, 5, 4], SAMPLES, constant)).toBeCloseTo(0.45645312, 8);
    expect(upperBound([9, 9, 9], SAMPLES, constant)).toBeCloseTo(0.83244153, 8);
    expect(upperBound([5, 5, 5], SAMPLES, constant)).toBe(0.5);
  });

  it('compat: the slope by the smallest coordinate difference, 1 where no pair differs in every coordinate', () => {
    const constant = lipschitzConstant(SAMPLES, 'compat');
    expect(constant).toBeCloseTo(0.4, 12);
    expect(upperBound([5, 5, 4], SAMPLES, constant)).toBeCloseTo(0.9, 12);
    expect(upperBound([9, 9, 9], SAMPLES, constant)).toBeCloseTo(2.93982213, 8);
    expect(lipschitzConstant(SAMPLES.slice(0, 1), 'compat')).toBe(1);
    const pair = [
      { point: [0, 0], score: 0 },
      { point: [0, 1], score: 5 },
    ];
    expect(lipschitzConstant(pair, 'compat')).toBe(1);
    expect(lipschitzConstant(pair, 'fixed')).toBe(5);
  });

  it('a repeated point has no slope', () => {
    const twice = [...SAMPLES, { point: [5, 5, 5], score: 9 }];
    expect(Number.isFinite(lipschitzConstant(twice.slice(1, 2).concat(twice.slice(-1)), 'fixed'))).toBe(true);
  });
});
