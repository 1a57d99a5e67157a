/** Drawings of runs with sixty blocks of long names. */
import { describe, expect, it } from 'vitest';
import { blocksOf } from '../../../src/architectures/registry.ts';
import { drawInTerminal, renderPlot, type PlotRun } from '../../../src/plot/index.ts';
import { textsOf } from './make-runs.ts';

function runOf(architecture: string): PlotRun {
  const trials = [0.2, 0.5, 0.4].map((score, t) => ({
    score,
    weights: Object.fromEntries(blocksOf(architecture).map((block, i) => [block, ((i + t) % 5) / 4])),
  }));
  return { name: architecture, trials };
}

describe('the plot', () => {
  it('has numbers at the blocks, and the name of a row once below them', async () => {
    const texts = textsOf(await renderPlot([runOf('flux1')], { format: 'svg', view: 'reward' }));
    expect(texts).toEqual(expect.arrayContaining(['double_blocks', 'single_blocks', 'guidance_in', '37']));
    expect(texts.filter((text) => text === 'single_blocks')).toHaveLength(1);
    expect(texts.filter((text) => text.includes('blocks.'))).toEqual([]);
  });

  it('has room for the longest names below the weights', async () => {
    const heightOf = async (architecture: string): Promise<number> => {
      const svg = await renderPlot([runOf(architecture)], { format: 'svg', view: 'reward' });
      return Number(/<svg[^>]*height="(\d+)"/.exec(svg)?.[1]);
    };
    const [flux2, sd1] = [await heightOf('flux2'), await heightOf('sd1')];
    expect(flux2).toBeGreaterThan(sd1);
    const texts = textsOf(await renderPlot([runOf('flux2')], { format: 'svg', view: 'reward' }));
    expect(Math.max(...texts.filter((text) => text.includes('…')).map((text) => text.length))).toBe(16);
  });

  it('compares runs of several families', async () => {
    const runs = ['flux1', 'anima', 'sd1'].map(runOf);
    const texts = textsOf(await renderPlot(runs, { format: 'svg', view: 'reward' }));
    expect(texts).toEqual(expect.arrayContaining(['double_blocks', 'blocks', 'IN00']));
  });
});

describe('the terminal', () => {
  const linesOf = (architecture: string, unicode = true): string[] =>
    drawInTerminal([runOf(architecture)], { width: 80, height: 32, colour: false, unicode }).split('\n');

  it('has one character a block of a row, and cells for the others', () => {
    const lines = linesOf('flux1');
    expect(lines).toContain('double_blocks.0         ▃▅▆█▁▃▅▆█▁▃▅▆█▁▃▅▆█');
    expect(lines.find((line) => line.startsWith('img_in'))).toMatch(/^img_in +█+▊·+ 0\.75 {2}time_in /);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines).toHaveLength(32);
  });

  it('breaks rows that are longer than a line, and has digits where there are no bars', () => {
    const rows = linesOf('qwen-image', false).filter((line) => line.startsWith('transformer_blocks.'));
    expect(rows.map((line) => line.split(/ +/)[0])).toEqual([
      'transformer_blocks.0',
      'transformer_blocks.50',
    ]);
    expect(rows.map((line) => line.split(/ +/)[1]?.length)).toEqual([50, 10]);
    expect(rows.join('')).toMatch(/^[\w. ]+$/);
  });

  it('has cells in columns that stand below each other', () => {
    const cells = linesOf('flux1:double_blocks=3,single_blocks=4').filter((line) => / \d\.\d\d/.test(line));
    const second = cells.map((line) => / {2}(?=\S)/.exec(line.slice(20))?.index);
    expect(new Set(second.filter((at) => at !== undefined)).size).toBe(1);
  });
});
