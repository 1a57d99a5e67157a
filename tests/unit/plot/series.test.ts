import { describe, expect, it } from 'vitest';
import { bestOfAll, blocksShown, seriesOf, topTenth } from '../../../src/plot/series.ts';
import { cleanName, shorten } from '../../../src/plot/words.ts';
import { WEIGHT_ORDERS } from '../../../src/architectures/sd-lists.ts';
import type { PlotRun } from '../../../src/plot/index.ts';
import { realRun, runOf } from './make-runs.ts';

describe('seriesOf', () => {
  it('keeps failed trials apart and starts best-so-far at the first score', () => {
    const [run] = seriesOf([runOf('a', [null, 0.2, 0.1, null, 0.5, 0.5, 0.3])]);
    expect(run?.failed).toEqual([1, 4]);
    expect(run?.points.map(({ iteration }) => iteration)).toEqual([2, 3, 5, 6, 7]);
    expect(run?.bestSoFar).toEqual([
      { iteration: 2, value: 0.2 },
      { iteration: 5, value: 0.5 },
      { iteration: 7, value: 0.5 },
    ]);
    expect(run?.best?.iteration).toBe(5);
  });

  it('draws the comparable score where trials have one', () => {
    const trials = [
      { score: 0.9, comparable: 0.3, weights: {} },
      { score: 0.5, comparable: 0.6, weights: {} },
      { score: 0.4, weights: {} },
      { score: null, comparable: 0.9, weights: {} },
    ];
    const [run] = seriesOf([{ name: 'a', trials }]);
    expect(run?.points.map(({ value }) => value)).toEqual([0.3, 0.6, 0.4]);
    expect(run?.best).toMatchObject({ iteration: 2, score: 0.6 });
    expect(run?.failed).toEqual([4]);
  });

  it('has no best where nothing was scored', () => {
    const [failed, empty] = seriesOf([runOf('a', [null, null]), runOf('b', [])]);
    expect(failed?.best).toBeUndefined();
    expect(failed?.bestSoFar).toEqual([]);
    expect(empty?.length).toBe(0);
  });

  it('reads a real history', () => {
    const [run] = seriesOf([realRun()]);
    expect(run?.points).toHaveLength(102);
    expect(run?.best?.iteration).toBe(77);
    expect(run?.best?.score).toBeCloseTo(0.5242, 4);
  });

  it('refuses no run at all and numbers that cannot be drawn', () => {
    expect(() => seriesOf([])).toThrow(/give at least one history or run/);
    expect(() => seriesOf([runOf('a', [0.1, Number.NaN])])).toThrow(/Iteration 2 of a has NaN as score/);
    const trials = [{ score: 0.1, weights: { IN03: Infinity } }];
    expect(() => seriesOf([{ name: 'b', trials }])).toThrow(/Infinity as IN03/);
  });
});

describe('the axis', () => {
  const withImages = (
    counts: readonly (number | undefined)[],
    scores: readonly (number | null)[] = [],
  ): PlotRun => ({
    name: 'a',
    trials: counts.map((imageCount, i) => ({
      score: scores[i] ?? (i in scores ? null : 0.1 * i),
      weights: {},
      imageCount,
    })),
  });

  it('is the images made until then where trials have unequal numbers of them', () => {
    const [run] = seriesOf([withImages([4, 8, 4])]);
    expect(run).toMatchObject({ axis: 'images', places: [4, 12, 16], end: 16 });
    const [chosen] = seriesOf([withImages([4, 8, 4])], 'iterations');
    expect(chosen).toMatchObject({ axis: 'iterations', places: [1, 2, 3], end: 3 });
  });

  it('is the iterations where all have as many, not counting repeated and failed ones', () => {
    expect(seriesOf([withImages([4, 0, 4, 1], [0.1, 0.1, 0.3, null])])[0]?.axis).toBe('iterations');
    expect(seriesOf([withImages([4, 4])], 'images')[0]).toMatchObject({ places: [4, 8] });
  });

  it('is the same for all runs, and the iterations where one of them does not tell its images', () => {
    const axes = seriesOf([withImages([4, 8]), withImages([4, 4])]).map(({ axis }) => axis);
    expect(axes).toEqual(['images', 'images']);
    expect(seriesOf([withImages([4, 8]), runOf('b', [0.1])]).map(({ axis }) => axis)).toEqual([
      'iterations',
      'iterations',
    ]);
    expect(() => seriesOf([withImages([4, 8]), runOf('b', [0.1])], 'images')).toThrow(
      /^b does not say how many images each iteration has: .*--x iterations/,
    );
  });

  it('counts the images of a journal without being told', () => {
    const image = { payload: 'p', score: 1 };
    const trials = [1, 3].map((count) => ({
      score: count,
      weights: {},
      images: Array.from({ length: count }, () => image),
    }));
    expect(seriesOf([{ name: 'a', trials }])[0]?.places).toEqual([1, 4]);
  });
});

describe('over several runs', () => {
  it('finds the best of all, the first one where two are equal', () => {
    const all = seriesOf([runOf('a', [0.1]), runOf('b', [0.4]), runOf('c', [0.4])]);
    expect(bestOfAll(all)?.run).toBe(1);
    expect(bestOfAll(seriesOf([runOf('a', [null])]))).toBeUndefined();
  });

  it('shows blocks in the order of the UNet, only those that carry weights', () => {
    expect(blocksShown(seriesOf([realRun()]))).toEqual(WEIGHT_ORDERS.recipe);
    const trials = [{ score: 1, weights: { TIME_EMBED: 0, OUT: 1, OUT00: 0, M00: 0, IN01: 0.5 } }];
    const shown = blocksShown(seriesOf([{ name: 'a', trials }]));
    expect(shown).toEqual(['IN01', 'M00', 'OUT00', 'OUT', 'TIME_EMBED']);
  });

  it('takes the best tenth, best first, from 20 scored trials on', () => {
    const scores = Array.from({ length: 21 }, (_, i) => i / 100);
    const [run, few] = seriesOf([runOf('a', scores), runOf('b', scores.slice(2))]);
    expect(run && topTenth(run)?.map(({ score }) => score)).toEqual([0.2, 0.19, 0.18]);
    expect(few && topTenth(few)).toBeUndefined();
  });
});

describe('names', () => {
  it('lose control characters and lone surrogates', () => {
    expect(cleanName('a\u0000b\u001B[31mc')).toBe('a b [31mc');
    expect(cleanName('\uD800')).toBe('unnamed');
    expect(cleanName('日本語 𝔘')).toBe('日本語 𝔘');
  });

  it('are cut in the middle', () => {
    expect(shorten('abcdefghij', 10)).toBe('abcdefghij');
    expect(shorten('abcdefghijk', 10)).toBe('abcde…hijk');
  });
});
