import { describe, expect, it } from 'vitest';
import { drawInTerminal } from '../../../src/plot/index.ts';
import type { PlotRun, TerminalOptions } from '../../../src/plot/index.ts';
import { realRun, runOf, withBaselines } from './make-runs.ts';

const SIZE = { width: 80, height: 32, colour: false } as const;
const linesOf = (runs: readonly PlotRun[], options: Partial<TerminalOptions> = {}): string[] =>
  drawInTerminal(runs, { ...SIZE, ...options }).split('\n');

describe('drawInTerminal', () => {
  it('draws a step line, dots, crosses on the axis, bars and a summary', () => {
    const weights = { IN00: 0.55, M00: 0, TIME_EMBED: 1 };
    const trials = [0.2, null, 0.4, 0.3].map((score) => ({ score, weights }));
    const drawing = drawInTerminal([{ name: 'a', trials }], { width: 44, height: 12, colour: false });
    expect(drawing).toBe(
      [
        '0.40 ┤                         ╭────────────',
        '0.35 ┤                         │',
        '     │                         │',
        '0.30 ┤                         │           ⠈',
        '0.25 ┤                         │',
        '0.20 ┤─────────────────────────╯',
        '     └────────────×─────────────────────────',
        '      1           2            3           4',
        'weights of the best iteration (0 = A, 1 = B)',
        'IN00  █████▌···· 0.55  TIME  ██████████ 1.00',
        'M00   ·········· 0.00',
        'best 0.4000 at iteration 3 of 4, 1 failed',
      ].join('\n'),
    );
  });

  it('draws over images where trials have unequal numbers of them', () => {
    const trials = [4, 8, 4].map((imageCount, i) => ({ score: 0.2 + 0.1 * i, weights: {}, imageCount }));
    const lines = linesOf([{ name: 'a', trials }], { width: 44, height: 12 });
    expect(lines.at(-2)).toBe('      1      4    6    8    10   12   14  16');
    expect(lines.at(-1)).toBe('best 0.4000 at iteration 3 of 3, 16 images');
    // The second trial was finished with 12 of 16 images, two of three iterations.
    const second = (drawn: readonly string[]): number =>
      Math.min(...drawn.map((line) => line.indexOf('╭')).filter((at) => at >= 0));
    const over = linesOf([{ name: 'a', trials }], { width: 44, height: 12, x: 'iterations' });
    expect([second(lines), second(over)]).toEqual([33, 25]);
    expect(over.at(-1)).toBe('best 0.4000 at iteration 3 of 3');
    expect(over.at(-2)).toMatch(/^ +1 +2 +3$/);
  });

  it.each([
    [80, 32],
    [80, 40],
    [120, 24],
    [60, 30],
    [44, 12],
  ])('is exactly as large as asked for: %i by %i', (width, height) => {
    const baselines = { A: 0.45, B: 0.6, half: 0.6 };
    for (const runs of [
      [realRun()],
      tenRuns(),
      [runOf('failed', [null])],
      [runOf('none', [])],
      [withBaselines(realRun(), baselines)],
      [realRun(), runOf('b', [0.3])].map((run, i) => withBaselines(run, { A: 0.45 + i / 100 })),
      [withBaselines(runOf('failed', [null]), baselines)],
    ]) {
      for (const unicode of [true, false]) {
        const lines = linesOf(runs, { width, height, unicode });
        expect(lines).toHaveLength(height);
        expect(Math.max(...lines.map((line) => Array.from(line).length))).toBeLessThanOrEqual(width);
      }
    }
  });

  it('shows the best of a real run', () => {
    const lines = linesOf([realRun()]);
    expect(lines.at(-1)).toBe('best 0.5242 at iteration 77 of 102');
    expect(lines.some((line) => line.startsWith('0.52 ┤'))).toBe(true);
    expect(lines).toContain('IN00  ▍······ 0.05  IN07  ██████▋ 0.95  OUT01 ████▉·· 0.70  OUT08 █▍····· 0.20');
    expect(lines.some((line) => line.trimEnd().endsWith('100'))).toBe(true);
  });

  it('uses ASCII only when told', () => {
    const drawing = drawInTerminal([runOf('a', [-0.5, null, 0.5, 0.2]), runOf('b', [0.1])], {
      ...SIZE,
      unicode: false,
    });
    expect(drawing).toMatch(/^[\u0020-\u007E\n]*$/);
    expect(drawing).toContain('best 0.5000 at iteration 3 of run a; 2 runs, 5 iterations, 1 failed');
    expect(drawing).toContain('x');
  });

  it('colours without changing a character', () => {
    // oxlint-disable-next-line no-control-regex
    const escapes = /\u001B\[[\d;]*m/g;
    const runs = [realRun(), runOf('b', [0.5, null])];
    const coloured = drawInTerminal(runs, { ...SIZE, colour: true });
    expect(coloured).toMatch(escapes);
    expect(coloured.replaceAll(escapes, '').replaceAll(/ +$/gm, '')).toBe(drawInTerminal(runs, SIZE));
    expect(drawInTerminal(runs, SIZE)).not.toMatch(escapes);
  });

  it('tells several runs apart by letters at the ends of their lines', () => {
    const lines = linesOf([runOf('low', [0.1, 0.1]), runOf('high', [0.9, 0.9])]);
    expect(lines[0]).toBe('a ──  low   0.1000 at 1 of 2');
    expect(lines[1]).toBe('b ──  high  0.9000 at 1 of 2');
    const ends = lines.slice(2).filter((line) => /─ [ab]$/.test(line));
    expect(ends.map((line) => line.at(-1))).toEqual(['b', 'a']);
  });

  it('says how many runs the legend leaves out', () => {
    expect(linesOf(tenRuns(), { height: 20 })).toContain('and 8 more runs');
  });

  it('lets no escape sequence of a name through', () => {
    expect(drawInTerminal([runOf('a\u001B[2J', [0.1]), runOf('b', [0.2])], SIZE)).not.toContain('\u001B');
  });
});

function tenRuns(): PlotRun[] {
  return Array.from({ length: 10 }, (_, index) =>
    runOf(`a run with a long name, ${index}`, [0.1, null, index / 10]),
  );
}
