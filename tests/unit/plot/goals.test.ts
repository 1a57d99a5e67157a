import { describe, expect, it } from 'vitest';
import { drawGoalsInTerminal, panelSvgs, renderPlot, type PlotGoals } from '../../../src/plot/index.ts';
import { countOf, runOf, textsOf } from './make-runs.ts';

const TWO: PlotGoals = {
  names: ['quality', 'taste'],
  points: [
    { iteration: 1, baseline: 'A', values: [0.1, 6], isOnFront: false },
    { iteration: 2, baseline: 'half', values: [0.2, 5], isOnFront: false },
    { iteration: 3, values: [0.3, 9], isOnFront: true },
    { iteration: 4, values: [0.5, 8], isOnFront: true },
    { iteration: 5, values: [0.9, 4], isOnFront: true },
    { iteration: 6, values: [0.4, 5], isOnFront: false },
  ],
  knee: 4,
};
const THREE: PlotGoals = {
  names: ['a', 'b', 'c'],
  points: TWO.points.map((point) => ({ ...point, values: [...point.values, point.iteration] })),
};
const withGoals = (goals: PlotGoals) => ({ ...runOf('O', [0.1, 0.4, 0.3]), goals });

describe('goals in a plot', () => {
  it('two of them are one panel, with every trial and the knee in words', async () => {
    const { goals } = await panelSvgs([withGoals(TWO)], { width: 700 });
    expect(goals).toHaveLength(1);
    const [svg = ''] = goals;
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['Front', 'quality', 'taste', 'A', '½']));
    expect(textsOf(svg)).toContain('3 of 6 trials not beaten in every goal');
    expect(countOf(svg, /<title>/g)).toBe(6);
    expect(svg).toContain('iteration 4 (knee of the front): quality 0.5000, taste 8.0000');
    expect(svg).toContain('iteration 5 (on the front): quality 0.9000');
    expect(svg).toContain('half of each: ');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('three of them are three panels', async () => {
    const { goals } = await panelSvgs([withGoals(THREE)], { width: 400 });
    expect(goals.map((svg) => textsOf(svg).find((text) => text.startsWith('Front')))).toEqual([
      'Front: a, b',
      'Front: a, c',
      'Front: b, c',
    ]);
  });

  it('stand under everything else in the figure of a single run, and in none of several', async () => {
    const options = { format: 'svg', view: 'reward' } as const;
    expect(textsOf(await renderPlot([withGoals(TWO)], options))).toContain('Front');
    expect(textsOf(await renderPlot([withGoals(TWO), runOf('P', [0.2])], options))).not.toContain('Front');
  });

  it('a value that is no number is refused', async () => {
    const [first] = TWO.points;
    const points = first === undefined ? [] : [{ ...first, values: [Number.NaN, 1] }];
    await expect(panelSvgs([withGoals({ ...TWO, points })], { width: 700 })).rejects.toThrow(
      /Iteration 1 of O has NaN as value of a goal/,
    );
  });
});

describe('goals in the terminal', () => {
  const options = { width: 60, height: 8, colour: false };

  it('show the front, the other trials and the baselines at their places', () => {
    const lines = drawGoalsInTerminal(TWO, options).split('\n');
    expect(lines[0]).toBe('taste over quality  ● front (3)  · other trials');
    expect(lines).toHaveLength(11);
    const drawing = lines.slice(1, 9).join('\n');
    expect(drawing.split('●')).toHaveLength(4);
    expect(drawing.split('·')).toHaveLength(2);
    expect(drawing).toMatch(/A/);
    expect(drawing).toMatch(/½/);
    // The best in taste stands above and left of the best in quality.
    const rows = lines
      .slice(1, 9)
      .flatMap((line, row) => (line.includes('●') ? [[row, line.indexOf('●')]] : []));
    expect(rows).toEqual(rows.toSorted(([, a = 0], [, b = 0]) => a - b));
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
  });

  it('of three goals are three charts, and nothing of none', () => {
    expect(drawGoalsInTerminal(THREE, options).match(/ over /g)).toHaveLength(3);
    expect(drawGoalsInTerminal({ names: ['a', 'b'], points: [] }, options)).toBe('');
  });
});
