/** What is drawn of runs with more iterations than a panel has room for. */
import { describe, expect, it } from 'vitest';
import { failures, points } from '../../../src/plot/panels/progress-series.ts';
import { scoreHeights } from '../../../src/plot/panels/progress.ts';
import { extentOf, scaleOf } from '../../../src/plot/scale.ts';
import { drawnScores, seriesOf } from '../../../src/plot/series.ts';
import { runOf } from './make-runs.ts';

/** How many dots and crosses, and how many hover texts they have. */
function drawn(scores: readonly (number | null)[]): Record<string, number> {
  const [run] = seriesOf([runOf('long', scores)]);
  if (run === undefined) throw new Error('there is one');
  const heights = scoreHeights(scaleOf(extentOf(drawnScores(run))));
  const one = { run, colour: '#000', stroke: { dash: undefined, offset: 0 } };
  const [dots, crosses] = [points(one, heights, 3, 0.5), failures(one, heights)];
  const count = (data: unknown): number => (Array.isArray(data) ? data.length : -1);
  expect([dots.hover?.length, crosses.hover?.length]).toEqual([
    count(dots.option.data),
    count(crosses.option.data),
  ]);
  return { dots: count(dots.option.data), crosses: count(crosses.option.data) };
}

const wave = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => 0.5 + 0.4 * Math.sin(i * i));

describe('a long run', () => {
  it('has a dot for each of five thousand iterations', () => {
    expect(drawn(wave(5000))).toEqual({ dots: 5000, crosses: 0 });
  });

  it('has one for every place that more of them take', () => {
    const { dots = 0 } = drawn(wave(20_000));
    expect(dots).toBeGreaterThan(5000);
    expect(dots).toBeLessThan(15_000);
    // Two places in every column, and that of the very last one.
    const levels = Array.from({ length: 20_000 }, (_, i) => (i % 2 === 0 ? 0.25 : 0.75));
    expect(drawn(levels)).toEqual({ dots: 2 * 320 + 1, crosses: 0 });
  });

  it('has a cross for every place of failed ones', () => {
    const failing = (count: number): (number | null)[] =>
      Array.from({ length: count }, (_, i) => (i % 10 === 0 ? 0.5 : null));
    expect(drawn(failing(300))).toEqual({ dots: 30, crosses: 270 });
    expect(drawn(failing(4000))).toEqual({ dots: 400, crosses: 321 });
  });
});
