import { assert, array, double, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baselineLines, spreadOut } from '../../../src/plot/baselines.ts';
import { drawInTerminal, renderPlot } from '../../../src/plot/index.ts';
import type { PlotRun } from '../../../src/plot/index.ts';
import { lossOf } from '../../../src/plot/loss.ts';
import { seriesOf } from '../../../src/plot/series.ts';
import { runOf, textsOf, withBaselines } from './make-runs.ts';

const THREE = { A: 0.3, B: 0.5, half: 0.45 } as const;
const svg = (runs: readonly PlotRun[]): Promise<string> =>
  renderPlot(runs, { format: 'svg', view: 'reward' });

describe('baselines', () => {
  it('are neither iterations nor the best', () => {
    const [run] = seriesOf([withBaselines(runOf('a', [0.2, null, 0.4]), THREE)]);
    expect(run).toMatchObject({ length: 3, places: [1, 2, 3], end: 3, failed: [2] });
    expect(run?.points.map(({ value }) => value)).toEqual([0.2, 0.4]);
    expect(run?.best).toMatchObject({ iteration: 3, score: 0.4 });
    expect(run?.baselines).toEqual([
      { name: 'A', score: 0.3 },
      { name: 'B', score: 0.5 },
      { name: 'half', score: 0.45 },
    ]);
  });

  it('leave the iterations the numbers that other outputs call them by', async () => {
    const { trials, ...run } = withBaselines(runOf('a', [0.2, null, 0.4]), { A: 0.1 });
    const numbered = { ...run, trials: trials.map((trial, i) => ({ ...trial, iteration: i + 1 })) };
    expect(seriesOf([numbered])[0]).toMatchObject({ places: [2, 3, 4], end: 4, best: { number: 4 } });
    expect(textsOf(await svg([numbered]))).toContain('score 0.4000 (iteration 4)');
    const page = await renderPlot([numbered], { format: 'html', view: 'reward' });
    expect(page).toContain('<title>a, iteration 3: failed</title>');
    const drawing = drawInTerminal([numbered], { width: 80, height: 14, colour: false });
    expect(drawing).toContain('best 0.4000 at iteration 4 of 4, 1 failed; A 0.1000');
  });

  it('made their images before the first iteration', () => {
    const trials = [4, 8].map((imageCount) => ({ score: 0.5, weights: {}, imageCount }));
    const baseline = { score: 0.4, weights: {}, imageCount: 12, baseline: 'A' };
    const [run] = seriesOf([{ name: 'a', trials: [baseline, ...trials] }]);
    expect(run).toMatchObject({ axis: 'images', places: [16, 24], end: 24 });
  });

  it('may be given apart from the trials, and one that failed has no line', () => {
    const given = [{ name: 'B', score: 0.6 }];
    expect(seriesOf([{ ...runOf('a', [0.1]), baselines: given }])[0]?.baselines).toEqual(given);
    const failed = { score: null, weights: {}, baseline: 'A' };
    expect(seriesOf([{ name: 'a', trials: [failed] }])[0]).toMatchObject({ baselines: [], failed: [] });
    expect(() =>
      seriesOf([{ name: 'a', trials: [], baselines: [{ name: 'A', score: Number.NaN }] }]),
    ).toThrow(/Baseline A of a has NaN as score/);
  });

  it('are drawn once where runs share them, else the highest of every run', () => {
    const run = withBaselines(runOf('a', [0.2]), THREE);
    expect(baselineLines(seriesOf([run, run]))).toHaveLength(3);
    const other = withBaselines(runOf('b', [0.2]), { A: 0.6, B: 0.1 });
    expect(baselineLines(seriesOf([run, other, runOf('c', [0.2])]))).toEqual([
      { name: 'B of run 1', score: 0.5, run: 0 },
      { name: 'A of run 2', score: 0.6, run: 1 },
    ]);
  });

  it('stand in the figure as labelled lines, also above and below all scores', async () => {
    const texts = textsOf(await svg([withBaselines(runOf('a', [0.42, 0.4]), THREE)]));
    expect(texts).toEqual(expect.arrayContaining(['A 0.3000', 'B 0.5000', 'half 0.4500', 'baseline']));
    expect(texts).toContain(
      '2 iterations  ·  best score 0.4200 at iteration 1  ·  0.0800 below model B, the best baseline',
    );
    // The axis reaches to them.
    expect(texts).toEqual(expect.arrayContaining(['0.30', '0.50']));
    expect(lossOf(seriesOf([withBaselines(runOf('a', [-1]), { A: 2 })])).of(2)).toBe(0);
  });

  it('keep their labels apart where their scores are the same', async () => {
    const text = await svg([withBaselines(runOf('a', [0.5]), { A: 0.5, B: 0.5, half: 0.5 })]);
    const heights = [...text.matchAll(/translate\([\d.]+ ([\d.]+)\)"[^>]*>(?:A|B|half) 0\.5000</g)].map(
      ([, y]) => Number(y),
    );
    expect(heights).toHaveLength(3);
    const gaps = heights
      .toSorted((a, b) => a - b)
      .flatMap((y, i, all) => (i === 0 ? [] : [y - (all[i - 1] ?? 0)]));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(13);
  });

  it('stand in the terminal as dotted lines with their letters, and in its summary where they fit whole', () => {
    const runs = [withBaselines(runOf('a', [0.3, 0.5]), { A: 0.35, B: 0.36, half: 0.45 })];
    const lines = drawInTerminal(runs, { width: 90, height: 14, colour: false }).split('\n');
    expect(lines.filter((line) => line.includes('┈┈┈')).length).toBeGreaterThanOrEqual(2);
    const ends = lines.flatMap((line) => /(?:[┈─⠁-⣿ │╭╯])\s([AB½])$/.exec(line)?.[1] ?? []);
    expect(ends).toEqual(['½', 'B', 'A']);
    expect(lines.at(-1)).toBe('best 0.5000 at iteration 2 of 2; A 0.3500, B 0.3600, half 0.4500');
    const narrow = drawInTerminal(runs, { width: 60, height: 14, colour: false }).split('\n');
    expect(narrow.at(-1)).toBe('best 0.5000 at iteration 2 of 2');
    expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it('have a table in the page', async () => {
    const run = withBaselines(runOf('a', [0.2]), THREE);
    const page = await renderPlot([run], { format: 'html', view: 'reward' });
    expect(page).toContain('<td>model A</td><td>0.3</td>');
    expect(page).toContain('<td>half of each</td><td>0.45</td>');
  });
});

describe('spreadOut', () => {
  it('leaves alone what has room and pushes apart what has not', () => {
    expect(spreadOut([10, 50], 14, [0, 100])).toEqual([10, 50]);
    expect(spreadOut([52, 50], 14, [0, 100])).toEqual([58, 44]);
    expect(spreadOut([0, 0, 0], 14, [0, 100])).toEqual([0, 14, 28]);
    expect(spreadOut([], 14, [0, 100])).toEqual([]);
  });

  it('keeps the order, the gap and the ends whatever comes', () => {
    const place = double({ min: -20, max: 120, noNaN: true });
    assert(
      property(array(place, { maxLength: 12 }), (wanted) => {
        const places = spreadOut(wanted, 10, [0, 100]);
        expect(places).toHaveLength(wanted.length);
        const step = Math.min(10, wanted.length < 2 ? 10 : 100 / (wanted.length - 1));
        const order = wanted
          .map((at, i) => ({ at, got: places[i] ?? Number.NaN }))
          .sort((a, b) => a.at - b.at);
        for (const [i, { got }] of order.entries()) {
          expect(got).toBeGreaterThanOrEqual(-1e-9);
          expect(got).toBeLessThanOrEqual(100 + 1e-9);
          const before = order[i - 1]?.got ?? Number.NEGATIVE_INFINITY;
          expect(got - before).toBeGreaterThanOrEqual(step - 1e-9);
        }
      }),
    );
  });
});
