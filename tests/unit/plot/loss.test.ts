import { describe, expect, it } from 'vitest';
import { binsOf } from '../../../src/plot/distribution.ts';
import { lossOf } from '../../../src/plot/loss.ts';
import { seriesOf } from '../../../src/plot/series.ts';
import { realRun, runOf } from './make-runs.ts';

const lossOfScores = (...scores: (number | null)[]) => lossOf(seriesOf([runOf('a', scores)]));

describe('lossOf', () => {
  it('is 1 − score where all scores lie in 0 to 1', () => {
    const loss = lossOf(seriesOf([realRun()]));
    expect(loss.label).toBe('1 − score');
    expect(loss.log).toBe(false);
    expect(loss.of(0.25)).toBe(0.75);
  });

  it('is the distance to the best of all runs elsewhere', () => {
    const loss = lossOf(seriesOf([runOf('a', [-3, -1]), runOf('b', [-2, 0.5])]));
    expect(loss.label).toBe('best score − score');
    expect(loss.of(0.5)).toBe(0);
    expect(loss.of(-1)).toBe(1.5);
  });

  it('takes a log axis where best-so-far falls far in several steps', () => {
    const loss = lossOfScores(0, 0.9, 0.99, 0.999);
    expect(loss.label).toBe('1 − score (log scale)');
    expect(loss.height(0.01)).toBeCloseTo(-2, 12);
    // One lucky jump is no reason for a log axis.
    expect(lossOfScores(0, 0.99).log).toBe(false);
    expect(lossOfScores(0.5, 0.6, 0.7, 0.8, 0.9).log).toBe(false);
  });

  it('draws a loss of 0 on the lower end of a log axis, labelled 0', () => {
    const loss = lossOfScores(-100, -10, -1, -0.1, 0);
    expect(loss.log).toBe(true);
    const floor = loss.height(0);
    expect(floor).toBeLessThan(loss.height(0.1));
    expect(floor).toBeGreaterThan(loss.min);
    expect(loss.ticks[0]).toEqual({ height: floor, text: '0' });
    // Rounding errors do not stretch the axis.
    expect(lossOfScores(-100, -10, -1, -0.1, -1e-15, 0).height(1e-15)).toBe(floor);
  });

  it('has an axis without any score', () => {
    expect(lossOfScores(null, null).label).toBe('1 − score');
    expect(lossOf(seriesOf([runOf('a', [])])).max).toBeGreaterThan(0);
  });
});

describe('binsOf', () => {
  it('counts every trial once, in bins with common edges', () => {
    const all = seriesOf([realRun(), runOf('b', [0.5, 0.51, null, 0.4799])]);
    const [first = [], second = []] = binsOf(all);
    expect(first.reduce((sum, { count }) => sum + count, 0)).toBe(102);
    expect(second.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    const edges = new Set(first.map(({ low }) => low.toFixed(6)));
    expect(second.every(({ low }) => edges.has(low.toFixed(6)))).toBe(true);
  });

  it('puts a score on an edge into the upper bin', () => {
    const [bins = []] = binsOf(seriesOf([runOf('a', [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])]));
    expect(bins.map(({ low, count }) => [Number(low.toFixed(6)), count])).toEqual([
      [0.1, 1],
      [0.2, 1],
      [0.3, 1],
      [0.4, 1],
      [0.5, 1],
      [0.6, 1],
    ]);
  });

  it('has one bin around equal scores and none without scores', () => {
    const [flat, none] = binsOf(seriesOf([runOf('a', [0.5, 0.5]), runOf('b', [null])]));
    expect(flat).toEqual([{ low: 0.495, high: 0.505, count: 2 }]);
    expect(none).toEqual([]);
  });
});
