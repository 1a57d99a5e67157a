/** The parts of the page's script that need no browser. */
import { describe, expect, it } from 'vitest';
import { changed } from '../../../src/page/browser/changed.ts';
import { axisOf, pointsOf } from '../../../src/page/browser/live/points.ts';
import { pageState } from '../../../src/page/model.ts';
import type { PageTrial } from '../../../src/page/state.ts';

const { summary } = pageState([], { name: 'O', isAlive: true, notices: [], progress: null });
const trial = (id: number, score: number | null, more: Partial<PageTrial> = {}): PageTrial => ({
  id,
  state: score === null ? 'failed' : 'scored',
  score,
  images: 2,
  ...more,
});

describe('what the page knows', () => {
  it('is what it knew, with new rows behind it and others in their places', () => {
    const before = { summary, trials: [trial(1, 1), trial(2, 2)] };
    const after = changed(before, { summary, trials: [trial(2, null), trial(3, 3)] });
    expect(after.trials).toEqual([trial(1, 1), trial(2, null), trial(3, 3)]);
  });

  it('is forgotten when the journal was replaced', () => {
    const before = { summary, trials: [trial(1, 1), trial(2, 2)] };
    expect(changed(before, { summary, trials: [trial(1, 5)], isAnew: true }).trials).toEqual([trial(1, 5)]);
  });
});

describe('the chart', () => {
  const trials = [trial(1, 9, { baseline: 'A' }), trial(2, 1), trial(3, null), trial(4, 3), trial(5, 2)];

  it('counts iterations without baselines, and the best so far of merges', () => {
    expect(pointsOf(trials, 'iterations')).toEqual([
      { trial: 2, at: 1, score: 1, best: 1 },
      { trial: 4, at: 3, score: 3, best: 3 },
      { trial: 5, at: 4, score: 2, best: 3 },
    ]);
  });

  it('counts all pictures, those of baselines as well', () => {
    expect(pointsOf(trials, 'images').map(({ at }) => at)).toEqual([4, 8, 10]);
  });

  it.each([[[0.1, 0.93]], [[-4, -4]], [[0]], [[1e-7, 3e-7]], [[-2, 3000]]])(
    'has an axis around %j with round numbers',
    (values) => {
      const { low, high, ticks } = axisOf(values);
      expect(low).toBeLessThanOrEqual(Math.min(...values));
      expect(high).toBeGreaterThanOrEqual(Math.max(...values));
      expect(ticks.length).toBeGreaterThan(2);
      expect(ticks.length).toBeLessThan(9);
      expect(ticks.every((tick) => String(tick).length < 9)).toBe(true);
    },
  );
});
