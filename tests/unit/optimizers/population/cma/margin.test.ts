import { describe, expect, it } from 'vitest';
import { correctMargin } from '../../../../../src/optimizers/population/cma/margin.ts';
import { normalCdf } from '../../../../../src/optimizers/math/normal.ts';

const ALPHA = 1 / (13 * 27);

/** Probabilities of the values below and above the mean's own, 11 values. */
function leaving({ mean, stretch }: { mean: number; stretch: number }, spread: number): [number, number] {
  const cell = Math.min(10, Math.max(0, Math.round(mean * 10)));
  const deviation = spread * stretch;
  return [
    normalCdf(((cell - 0.5) / 10 - mean) / deviation),
    normalCdf((mean - (cell + 0.5) / 10) / deviation),
  ];
}

describe('the margin', () => {
  it('changes nothing while both neighbours are within reach', () => {
    const wide = { mean: 0.52, stretch: 1 };
    expect(correctMargin(wide, 0.1, 10, ALPHA)).toEqual(wide);
  });

  it('keeps both neighbours within reach of a distribution that has become narrow', () => {
    for (const mean of [0.46, 0.5, 0.53]) {
      const corrected = correctMargin({ mean, stretch: 1 }, 0.001, 10, ALPHA);
      const [below, above] = leaving(corrected, 0.001);
      expect(below).toBeGreaterThan(ALPHA / 2 - 1e-9);
      expect(above).toBeGreaterThan(ALPHA / 2 - 1e-9);
      expect(Math.round(corrected.mean * 10)).toBe(5);
    }
  });

  it('keeps the one neighbour of an end value within reach, by moving the mean', () => {
    for (const mean of [0.01, -0.3]) {
      const corrected = correctMargin({ mean, stretch: 1 }, 0.001, 10, ALPHA);
      expect(corrected.stretch).toBe(1);
      expect(leaving(corrected, 0.001)[1]).toBeCloseTo(ALPHA, 9);
    }
    const top = correctMargin({ mean: 1.2, stretch: 1 }, 0.01, 10, ALPHA);
    expect(leaving(top, 0.01)[0]).toBeCloseTo(ALPHA, 9);
    const near = { mean: 0.02, stretch: 1 };
    expect(correctMargin(near, 0.1, 10, ALPHA).mean).toBeCloseTo(0.02, 12);
  });
});
