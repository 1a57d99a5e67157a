import { describe, expect, it } from 'vitest';
import { drawInTerminal, renderPlot } from '../../../src/plot/index.ts';
import type { PlotRun } from '../../../src/plot/index.ts';
import { strokeOf } from '../../../src/plot/equal-runs.ts';
import { seriesOf } from '../../../src/plot/series.ts';
import { countOf, runOf, textsOf, withBaselines } from './make-runs.ts';

const svg = (runs: readonly PlotRun[]): Promise<string> =>
  renderPlot(runs, { format: 'svg', view: 'reward' });
const runs = (count: number): PlotRun[] =>
  Array.from({ length: count }, (_, i) => runOf(`search ${i + 1}`, [0.1, null, 0.2 + i / 100]));
const linesIn = (text: string): Set<string | undefined> =>
  new Set([...text.matchAll(/stroke="(#\w+)" stroke-width="1\.[68]"/g)].map(([, colour]) => colour));

describe('up to eight runs', () => {
  it('have colours of their own in one chart', async () => {
    const text = await svg(runs(8));
    expect(linesIn(text).size).toBe(8);
    expect(textsOf(text).filter((word) => word === 'search 3')).toHaveLength(1);
  });

  it('have bars while those are wide enough, else a row each', async () => {
    const few = textsOf(await svg(runs(6)));
    expect(few).toContain('weight');
    expect(few).not.toContain('model A');
    const many = textsOf(await svg(runs(8)));
    expect(many).not.toContain('weight');
    expect(many).toEqual(expect.arrayContaining(['one row per run', 'model A', 'model B']));
    // All weights of the best are 1; a cell each, with its number in it.
    expect(many.filter((word) => word === '1').length).toBeGreaterThanOrEqual(8 * 27);
  });
});

describe('nine runs and more', () => {
  it('have a small chart each, in one colour, named by number and name', async () => {
    const text = await svg(runs(9));
    const texts = textsOf(text);
    expect(linesIn(text).size).toBe(1);
    for (let i = 1; i <= 9; i += 1) {
      // In the legend and above the chart.
      expect(texts.filter((word) => word === `search ${i}`)).toHaveLength(2);
    }
    expect(texts).toContain('grey: best so far of the best run');
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('keep baselines, failures and hover texts', async () => {
    const with9 = runs(9).map((run, i) => withBaselines(run, { A: 0.1 + i / 100, B: 0.15 }));
    const texts = textsOf(await svg(with9));
    expect(texts.filter((word) => word === 'A')).toHaveLength(9);
    const page = await renderPlot(with9, { format: 'html', view: 'both' });
    expect(countOf(page, /<title>search 9, iteration 2: failed/g)).toBe(2);
    expect(countOf(page, /<title>search 9, best: IN00 1</g)).toBe(1);
  });

  it.each([
    ['without a score', Array.from({ length: 9 }, (_, i) => runOf(`r${i}`, [null]))],
    ['without an iteration', Array.from({ length: 12 }, (_, i) => runOf(`r${i}`, []))],
    ['that are forty', runs(40)],
  ])('draws runs %s', async (_, many) => {
    expect(await svg(many)).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('equal runs', () => {
  it('are those with the same scores at the same places', () => {
    const all = seriesOf([
      runOf('a', [0.1, null, 0.3]),
      runOf('b', [0.1, null, 0.3]),
      runOf('c', [0.1, 0.3]),
      runOf('d', [0.1, null, 0.3]),
      runOf('e', [0.1, null, 0.3, null]),
      runOf('f', [null]),
      runOf('g', [null]),
    ]);
    expect(all.map(({ equals }) => equals)).toEqual([
      undefined,
      0,
      undefined,
      0,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('take turns in drawing their line, so that every colour shows', () => {
    const all = seriesOf([runOf('a', [0.1]), runOf('b', [0.2]), runOf('c', [0.1]), runOf('d', [0.1])]);
    expect([0, 2, 3].map((index) => strokeOf(all, index))).toEqual([
      { dash: [7, 14], offset: 0 },
      { dash: [7, 14], offset: 7 },
      { dash: [7, 14], offset: 14 },
    ]);
    expect(strokeOf(all, 1).dash).toBeUndefined();
  });

  it('are named as such in figure, page and terminal', async () => {
    const twins = [runOf('a', [0.1, 0.2]), runOf('b', [0.1, 0.2])];
    expect(textsOf(await svg(twins))).toContain('equals run 1');
    expect(await renderPlot(twins, { format: 'html', view: 'reward' })).toContain('b (equals run 1)');
    const drawing = drawInTerminal(twins, { width: 80, height: 32, colour: false });
    expect(drawing).toContain('b ──  b  0.2000 at 2 of 2, equals a');
    const crowd = [...runs(9), ...runs(1)];
    // In the legend and above its chart.
    expect(textsOf(await svg(crowd)).filter((text) => text === 'equals run 1')).toHaveLength(2);
  });
});
