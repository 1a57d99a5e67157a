import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { renderPlot } from '../../../src/plot/index.ts';
import type { PlotAxis, PlotRun, PlotView } from '../../../src/plot/index.ts';
import { WEIGHT_ORDERS } from '../../../src/architectures/sd-lists.ts';
import { countOf, realRun, runOf, textsOf } from './make-runs.ts';

const svg = (runs: readonly PlotRun[], view: PlotView = 'both', title?: string): Promise<string> =>
  renderPlot(runs, { format: 'svg', view, ...(title === undefined ? {} : { title }) });
const html = (runs: readonly PlotRun[], view: PlotView = 'both'): Promise<string> =>
  renderPlot(runs, { format: 'html', view });

describe('the SVG', () => {
  it('names everything that one run needs', async () => {
    const texts = textsOf(await svg([realRun()]));
    expect(texts).toEqual(
      expect.arrayContaining([
        '02b-AstolfoMix',
        '102 iterations  ·  best score 0.5242 at iteration 77',
        'Score',
        'score 0.5242 (iteration 77)',
        'Distribution',
        'Loss',
        '1 − score',
        'loss 0.4758 (iteration 77)',
        'Weights of the best iteration',
      ]),
    );
  });

  it('is drawn over images where trials have unequal numbers of them, unless iterations are asked for', async () => {
    const trials = [4, 8, 4].map((imageCount, i) => ({ score: 0.2 + 0.1 * i, weights: {}, imageCount }));
    const draw = async (x?: PlotAxis): Promise<string[]> =>
      textsOf(await renderPlot([{ name: 'a', trials }], { format: 'svg', view: 'both', x }));
    const usual = await draw();
    expect(usual).toEqual(
      expect.arrayContaining(['3 iterations  ·  16 images  ·  best score 0.4000 at iteration 3', '16']),
    );
    expect(usual.filter((text) => text === 'images')).toHaveLength(2);
    const plain = await draw('iterations');
    expect(plain).toContain('3 iterations  ·  best score 0.4000 at iteration 3');
    expect(plain).not.toContain('images');
    // Both axes, and both keys, which say what a point is.
    expect(plain.filter((text) => text === 'iteration')).toHaveLength(4);
  });

  it('shows the panels of the view', async () => {
    const reward = textsOf(await svg([realRun()], 'reward'));
    const loss = textsOf(await svg([realRun()], 'loss'));
    expect([reward.includes('Score'), reward.includes('Loss')]).toEqual([true, false]);
    expect([loss.includes('Score'), loss.includes('Loss')]).toEqual([false, true]);
    for (const texts of [reward, loss]) {
      expect(texts).toEqual(expect.arrayContaining(['Distribution', 'Weights of the best iteration']));
    }
  });

  it('has the blocks in natural order, with the weights of the best above them', async () => {
    const texts = textsOf(await svg([realRun()]));
    const names = texts.filter((text) => /^(IN|OUT)\d\d$|^M00$|^OUT$|^EMBED$/.test(text));
    expect(names).toEqual(WEIGHT_ORDERS.recipe.map((name) => name.replace('TIME_', '')));
    expect(texts[texts.indexOf('IN00') - 1]).toBe('0.05');
    expect(texts[texts.indexOf('IN07') - 1]).toBe('0.95');
  });

  it('has a legend with the facts of every run', async () => {
    const runs = [realRun(), runOf('second', [0.5, null, 0.61]), runOf('third', [null])];
    const texts = textsOf(await svg(runs));
    expect(texts).toContain('3 runs');
    expect(texts).toContain('106 iterations, 2 failed  ·  best score 0.6100 at iteration 3 (second)');
    const row = texts.indexOf('second');
    expect(texts.slice(row, row + 5)).toEqual(['second', '0.6100', '3', '3', '1']);
    const last = texts.indexOf('third');
    expect(texts.slice(last, last + 5)).toEqual(['third', '–', '–', '1', '1']);
  });

  it('takes a title and then still says whose run it is', async () => {
    const texts = textsOf(await svg([runOf('mine', [0.5])], 'both', 'My title'));
    expect(texts).toEqual(
      expect.arrayContaining(['My title', 'mine  ·  1 iteration  ·  best score 0.5000 at iteration 1']),
    );
  });

  it('escapes names and drops what XML cannot hold', async () => {
    const text = await svg([runOf('<b>&"\u0007x', [0.5])]);
    expect(text).toContain('<title>&lt;b&gt;&amp;&quot; x</title>');
    expect(text).not.toContain('\u0007');
    expect(text).not.toContain('<b>');
  });

  it('keeps nothing of the process in it: the same bytes for the same input', async () => {
    const first = await svg([realRun()]);
    await svg([runOf('another', [0.5])]);
    expect(await svg([realRun()])).toBe(first);
    expect(first).not.toMatch(/zr\d|ecmeta|<style/);
  });

  it.each([
    ['no iteration', [runOf('a', [])], 'no iteration yet'],
    ['all failed', [runOf('a', [null, null])], 'no scored iteration'],
    ['one iteration', [runOf('a', [0.4321])], 'score 0.4321 (iteration 1)'],
    ['flat', [runOf('a', [0.5, 0.5, 0.5])], 'score 0.5000 (iteration 1)'],
    ['negative', [runOf('a', [-3, -1.5, -2])], 'best score − score'],
    ['falling far', [runOf('a', [0, 0.9, 0.99, 0.999])], '1 − score (log scale)'],
    ['no weights', [{ name: 'a', trials: [{ score: 1, weights: {} }] }], 'no weights'],
    ['a huge range', [runOf('a', [-1e12, 1e-12, 1e12])], 'score 1e12 (iteration 3)'],
  ])('draws without a number gone wrong: %s', async (_, runs, expected) => {
    const text = await svg(runs);
    expect(textsOf(text)).toContain(expected);
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('stays inside the image with wide labels and weights outside 0 to 1', async () => {
    const trials = [
      { score: -100_080, weights: { IN00: 0.5 } },
      { score: -100_000, weights: { IN00: -1, M00: 2 } },
    ];
    const text = await svg([{ name: 'wide', trials }]);
    const name =
      /translate\((-?[\d.]+) [\d.]+\) rotate\([^)]*\)"[^>]*>score<|matrix\(([^)]*)\)[^>]*>score</.exec(text);
    const x = Number(name?.[1] ?? name?.[2]?.split(',')[4]);
    expect(x).toBeGreaterThan(6);
    const texts = textsOf(text);
    expect(texts).toContain('−100080');
    expect(texts.join(' ')).toContain(' −1 0 1 2 ');
  });
});

describe('the page', () => {
  it('has a mark with a hover text for every iteration, in both panels', async () => {
    const page = await html([realRun(), runOf('second', [0.5, null, 0.61])]);
    expect(countOf(page, /<title>02b-AstolfoMix, iteration \d+: score/g)).toBe(102);
    expect(countOf(page, /<title>02b-AstolfoMix, iteration \d+: loss/g)).toBe(102);
    expect(countOf(page, /<title>second, iteration \d+: score/g)).toBe(2);
    expect(countOf(page, /<title>second, iteration 2: failed/g)).toBe(2);
    expect(countOf(page, /<title>02b-AstolfoMix, best: \w+ [\d.]+</g)).toBe(27);
    expect(page).toContain('<title>02b-AstolfoMix, best: OUT06 0.9</title>');
  });

  it('asks for nothing and runs nothing', async () => {
    const page = await html([realRun()]);
    expect(page).not.toMatch(/https?:|<script|<link|<img|@import|url\((?!#)|xlink/i);
    expect(page.startsWith('<!doctype html>')).toBe(true);
  });

  it('lets no name of a journal break out', async () => {
    const evil = `</title></text></style><script>alert(1)</script><img src=x onerror=alert(2)>" onload="alert(3)`;
    const trials = [0.5, 0.6].map((score, n) => ({
      score,
      weights: { [evil]: n, IN00: 0.5 },
      images: [{ payload: evil, score }],
    }));
    const runs = [{ name: evil, origin: evil, trials }];
    for (const text of [await html(runs), await svg(runs, 'both', evil)]) {
      expect(text).not.toMatch(/<script|<img|" onload|<\/style><script/i);
      expect(text).toContain('&lt;script&gt;');
    }
    expect(await html(runs)).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  it('lists runs, weights and payloads as tables, with names escaped', async () => {
    const images = [
      { payload: 'por<trait', score: 0.5 },
      { payload: 'por<trait', score: 0.7 },
    ];
    const trials = [
      { score: 0.6, weights: { IN00: 0.25 }, images },
      { score: 0.2, weights: { IN00: 0.5 }, images: [{ payload: 'por<trait', score: 0.3 }] },
    ];
    const page = await html([{ name: '<i>', trials, origin: 'a&b.csv' }]);
    expect(page).toContain('&lt;i&gt;</td><td>a&amp;b.csv</td><td>2</td><td>0</td><td>0.6</td><td>1</td>');
    expect(page).toContain('<td>IN00</td><td>0.25</td>');
    expect(page).toContain('<td>por&lt;trait</td><td>0.6 (0.5)</td>');
  });
});

describe('the PNG', () => {
  it('is twice as large as the SVG and has its texts', async () => {
    const png = await renderPlot([realRun()], { format: 'png', view: 'both' });
    const { data, info } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([2560, 1576]);
    const dark = (left: number, top: number, width: number, height: number): number => {
      let count = 0;
      for (let y = top; y < top + height; y += 1) {
        for (let x = left; x < left + width; x += 1) if ((data[y * info.width + x] ?? 255) < 128) count += 1;
      }
      return count / (width * height);
    };
    // The title in letters: neither empty nor filled boxes. Beside it: nothing.
    expect(dark(48, 44, 300, 40)).toBeGreaterThan(0.1);
    expect(dark(48, 44, 300, 40)).toBeLessThan(0.45);
    expect(dark(1800, 44, 300, 40)).toBe(0);
  });

  it('is the same for the same input', async () => {
    const runs = [runOf('a', [0.3, null, 0.5])];
    const first = await renderPlot(runs, { format: 'png', view: 'both' });
    const second = await renderPlot(runs, { format: 'png', view: 'both' });
    expect(Buffer.compare(first, second)).toBe(0);
  });
});
