import { assert, double, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatNumber,
  formatShort,
  formatSignificant,
  iterationScale,
  logTicks,
  niceStep,
  scaleOf,
  scoreDigits,
} from '../../../src/plot/scale.ts';

describe('scaleOf', () => {
  it('puts exact ticks inside the axis', () => {
    const scale = scaleOf([0.478, 0.524]);
    expect(scale.ticks).toEqual([0.48, 0.49, 0.5, 0.51, 0.52]);
    expect(scale.digits).toBe(2);
  });

  it('puts a flat score into the middle, also at 0, and counts rounding errors as flat', () => {
    expect(scaleOf([0.5, 0.5])).toEqual(scaleOf([0.45, 0.55]));
    const zero = scaleOf([0, 0]);
    expect(zero.min + zero.max).toBeCloseTo(0, 12);
    expect(scaleOf([0.3, 0.1 + 0.2]).max).toBeGreaterThan(0.32);
    expect(scaleOf([0, 5e-324]).ticks).toContain(0);
  });

  it('has 0 to 1 without data', () => {
    expect(scaleOf(undefined).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  });

  it('holds the data and 2 to 9 ticks whatever comes', () => {
    const number = double({ min: -1e9, max: 1e9, noNaN: true });
    assert(
      property(number, number, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const scale = scaleOf([low, high]);
        expect(scale.min).toBeLessThanOrEqual(low);
        expect(scale.max).toBeGreaterThanOrEqual(high);
        expect(scale.ticks.length).toBeGreaterThanOrEqual(2);
        expect(scale.ticks.length).toBeLessThanOrEqual(9);
      }),
    );
  });
});

describe('ticks', () => {
  it('of iterations are whole and begin with 1', () => {
    expect(iterationScale(0).ticks).toEqual([1]);
    expect(iterationScale(1).ticks).toEqual([1]);
    expect(iterationScale(5).ticks).toEqual([1, 2, 3, 4, 5]);
    expect(iterationScale(12).ticks).toEqual([1, 4, 6, 8, 10, 12]);
    expect(iterationScale(270).ticks).toEqual([1, 50, 100, 150, 200, 250]);
    expect(iterationScale(1000).ticks).toEqual([1, 200, 400, 600, 800, 1000]);
  });

  it('of a log axis are round on short and on long axes', () => {
    expect(logTicks(0.03, 0.6)).toEqual([0.05, 0.1, 0.2, 0.5]);
    expect(logTicks(0.0004, 0.8)).toEqual([0.001, 0.003, 0.01, 0.03, 0.1, 0.3]);
    expect(logTicks(1e-6, 1)).toEqual([1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]);
  });

  it('have steps of 1, 2 and 5', () => {
    expect([0.011, 0.02, 0.04, 0.08, 130].map(niceStep)).toEqual([0.01, 0.02, 0.05, 0.1, 200]);
  });
});

describe('numbers', () => {
  it('have a true minus, no negative zero, and an exponent where digits would not help', () => {
    expect(formatNumber(-0.25, 2)).toBe('−0.25');
    expect(formatNumber(-0.0000001, 1)).toBe('−1e−7');
    expect(formatNumber(-0, 1)).toBe('0.0');
    expect(formatNumber(2_500_000, 0)).toBe('2.5e6');
    expect(formatShort(0.5, 4)).toBe('0.5');
    expect(formatShort(100, 4)).toBe('100');
    expect(formatSignificant(0.000_384_2)).toBe('0.000384');
    expect(formatSignificant(0.000_012)).toBe('1.2e−5');
    expect(formatSignificant(0)).toBe('0');
  });

  it('get as many decimals as the range needs', () => {
    expect(scoreDigits(scaleOf([0.48, 0.52]))).toBe(4);
    expect(scoreDigits(scaleOf([0.1, 0.9996]))).toBe(4);
    expect(scoreDigits(scaleOf([-900, 0]))).toBe(3);
    expect(scoreDigits(scaleOf([100_000, 100_090]))).toBe(1);
  });
});
