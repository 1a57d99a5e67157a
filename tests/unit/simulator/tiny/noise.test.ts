import { describe, expect, it } from 'vitest';
import { noiseOf } from '../../../../src/simulator/worlds/tiny/noise.ts';

const seed = (number: number, subseed = 0, subseedStrength = 0): Float32Array =>
  noiseOf({ seed: number, subseed, subseedStrength }, 4096);
const isSame = (p: Float32Array, q: Float32Array): boolean => p.every((value, i) => value === q[i]);
const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('noise of the tiny world', () => {
  it('is normal, and the same for the same seed', () => {
    const noise = seed(7);
    expect(isSame(noise, seed(7))).toBe(true);
    expect(isSame(noise, seed(8))).toBe(false);
    expect(Math.abs(mean(noise))).toBeLessThan(0.05);
    expect(mean(noise.map((value) => value * value))).toBeCloseTo(1, 1);
  });

  it('goes from one seed to the other, as strong on the way', () => {
    const other = seed(8);
    expect(seed(7, 8, 1).every((value, i) => Math.abs(value - (other[i] ?? 0)) < 1e-6)).toBe(true);
    const between = seed(7, 8, 0.5);
    expect(mean(between.map((value) => value * value))).toBeCloseTo(1, 1);
    expect(isSame(between, seed(7))).toBe(false);
  });
});
