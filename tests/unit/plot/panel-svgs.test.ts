import { describe, expect, it } from 'vitest';
import { panelSvgs, PLOT_COLOURS, runColour } from '../../../src/plot/index.ts';
import { countOf, realRun, runOf, textsOf, withBaselines } from './make-runs.ts';

const widthOf = (svg: string): number => Number(/^<svg [^>]*?\bwidth="(\d+)"/.exec(svg)?.[1]);

describe('panelSvgs', () => {
  it.each([320, 760, 1200])('gives every panel in the width asked for: %i', async (width) => {
    const panels = await panelSvgs([withBaselines(realRun(), { A: 0.49, B: 0.5 })], { width });
    expect(textsOf(panels.score)).toEqual(expect.arrayContaining(['Score', 'A 0.4900', 'B 0.5000']));
    expect(textsOf(panels.distribution)).toContain('Distribution');
    expect(textsOf(panels.weights)).toEqual(expect.arrayContaining(['Weights of the best iteration', 'M00']));
    expect([panels.payloads, panels.importance]).toEqual([undefined, undefined]);
    for (const svg of [panels.score, panels.distribution, panels.weights]) {
      expect(widthOf(svg)).toBe(width);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  it('has hover texts, and leaves ground and colours to the page', async () => {
    const { score, weights } = await panelSvgs([realRun()], { width: 700 });
    expect(countOf(score, /<title>02b-AstolfoMix, iteration \d+: score/g)).toBe(102);
    for (const svg of [score, weights]) {
      expect(svg).not.toMatch(/fill="#FFFFFF"|fill="#1F2328"/);
      expect(svg).toContain('fill="var(--plot-ink, #1F2328)"');
    }
  });

  it('leaves room after a heading for the bold letters of wide fonts', async () => {
    const runs = [runOf('one', [0.1, 0.4]), runOf('two', [0.2, 0.3])];
    const { weights } = await panelSvgs(runs, { width: 820 });
    const xOf = (text: string): number => {
      const [, x] = new RegExp(`translate\\(([\\d.]+) [\\d.]+\\)"[^>]*>${text}`).exec(weights) ?? [];
      return Number(x);
    };
    // Pixels of the heading in DejaVu Sans, one of the widest fonts that pages fall back to.
    expect(xOf('0 = model A') - xOf('Weights of the best iterations')).toBeGreaterThan(221);
  });

  it('sets every variable that it uses, light and dark', async () => {
    const runs = Array.from({ length: 8 }, (_, i) =>
      withBaselines(runOf(`r${i}`, [0.1, i / 10]), { A: i / 20 }),
    );
    const panels = await panelSvgs(runs, { width: 700 });
    const used = new Set(
      Object.values(panels)
        .flat()
        .flatMap((svg) => svg?.match(/--plot-[\w-]+/g) ?? []),
    );
    expect(used.size).toBeGreaterThanOrEqual(12);
    for (const name of used) {
      expect(PLOT_COLOURS.light).toContain(`${name}: #`);
      expect(PLOT_COLOURS.dark).toContain(`${name}: #`);
    }
    expect(used).toContain(/--[\w-]+/.exec(runColour(7, 8))?.[0]);
    expect(runColour(7, 9)).toBe(runColour(0, 9));
  });

  it('shares no id between the drawings of one page', async () => {
    const runs = [withBaselines(realRun(), { A: 0.49 })];
    const first = Object.values(await panelSvgs(runs, { width: 700 })).flat();
    const second = Object.values(await panelSvgs(runs, { width: 700, prefix: 'other' })).flat();
    const ids = [...first, ...second].flatMap((svg) => svg?.match(/\bid="[^"]*"/g) ?? []);
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('draws many runs in small charts', async () => {
    const runs = Array.from({ length: 10 }, (_, i) => runOf(`search ${i}`, [0.1, i / 10]));
    const { score, weights } = await panelSvgs(runs, { width: 400 });
    expect(textsOf(score).filter((text) => /^search \d$/.test(text))).toHaveLength(10);
    expect(textsOf(weights)).toEqual(expect.arrayContaining(['model A', 'model B', '10']));
  });
});
