import { describe, expect, it } from 'vitest';
import { bandValue, FLOOR } from '../../../src/score/band.ts';
import type { Band } from '../../../src/score/band.ts';

const linear: Band = { low: 10, lowEnd: 0, high: 20, highEnd: 40, scale: 'linear' };
const log: Band = { low: 100, lowEnd: 1, high: 1000, highEnd: 100_000, scale: 'log' };

/** Half way between the edge of the band and its end. */
const HALF = FLOOR + (1 - FLOOR) / 2;

describe('bandValue', () => {
  it.each([
    ['the lower end', linear, 0, FLOOR],
    ['half way up', linear, 5, HALF],
    ['the lower edge', linear, 10, 1],
    ['the middle', linear, 15, 1],
    ['the upper edge', linear, 20, 1],
    ['half way down', linear, 30, HALF],
    ['the upper end', linear, 40, FLOOR],
    ['half way up in decades', log, 10, HALF],
    ['half way down in decades', log, 10_000, HALF],
    ['the middle of a logarithmic band', log, 300, 1],
  ])('at %s', (_, band, measured, expected) => {
    expect(bandValue(band, measured)).toBeCloseTo(expected, 14);
  });

  it('stays on the floor past the ends, at 0 on a logarithmic scale too', () => {
    expect([bandValue(linear, -5), bandValue(linear, 1e9), bandValue(log, 0), bandValue(log, 1e9)]).toEqual(
      Array.from({ length: 4 }, () => FLOOR),
    );
  });

  it('has no fault to find on a side that is left open', () => {
    expect(bandValue({ low: 10, lowEnd: 0, scale: 'linear' }, 1e9)).toBe(1);
    expect(bandValue({ high: 10, highEnd: 20, scale: 'linear' }, -1e9)).toBe(1);
  });
});
