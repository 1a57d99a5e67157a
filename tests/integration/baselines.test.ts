import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runError } from '../../src/shared/errors.ts';
import { parseJournal, trialsOf } from '../../src/journal/read.ts';
import { readHistoryFile } from '../../src/weights/history-file.ts';
import { isBaseline } from '../../src/types.ts';
import {
  STANDING_CLOCK,
  resumeTiny,
  searchTiny,
  timelessJournal,
  type SearchResult,
} from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

const ON = { baselines: true };

function trialsIn({ journalText }: SearchResult) {
  return trialsOf(parseJournal(journalText, 'the test').records).finished;
}

describe('baselines', () => {
  it('are measured first, by name, beside the iterations that were asked for', async () => {
    const result = await searchTiny({ config: { ...ON, iterations: 4 } });
    const trials = trialsIn(result);
    expect(trials.map((trial) => (isBaseline(trial) ? trial.baseline : null))).toEqual([
      'A',
      'B',
      'half',
      null,
      null,
      null,
      null,
    ]);
    const [a, b, half] = trials.map(({ weights }) => new Set(Object.values(weights)));
    expect([a, b, half]).toEqual([new Set([0]), new Set([1]), new Set([0.5])]);
    expect(result.summary).toMatchObject({ iterations: 4, canResume: false });
    expect(result.summary.baselines.map(({ name, trial }) => [name, trial])).toEqual([
      ['A', 1],
      ['B', 2],
      ['half', 3],
    ]);
    const past = await readHistoryFile(result.journal);
    expect(past.map(({ baseline }) => baseline)).toEqual([
      'A',
      'B',
      'half',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('are never the merge that is handed out, but for half of each', async () => {
    for (const seed of [1, 2, 3, 4]) {
      const { summary } = await searchTiny({ config: { ...ON, iterations: 3, seed } });
      const { best, baselines } = summary;
      const [a, b] = baselines;
      expect([a?.trial, b?.trial]).not.toContain(best?.trial);
    }
  });

  it('outside the bounds are measured as they are, and tell the optimizer nothing', async () => {
    const bounds = { low: 0.2, high: 0.6, optimizer: 'bayesian', iterations: 3 };
    const result = await searchTiny({ config: { ...ON, ...bounds } });
    const plain = await searchTiny({ config: bounds });
    const [a, b] = trialsIn(result);
    expect(new Set(Object.values(a?.weights ?? {}))).toEqual(new Set([0]));
    expect(new Set(Object.values(b?.weights ?? {}))).toEqual(new Set([1]));
    const last = (found: SearchResult) => trialsIn(found).at(-1)?.weights;
    const learned = await searchTiny({ config: { ...ON, ...bounds, low: 0, high: 1 } });
    expect(trialsIn(learned)).toHaveLength(6);
    // Only half of each lies within the bounds and is learned: the first points stay what they are.
    expect(last(result)).toEqual(last(plain));
  });

  it.each([2, 3, 4, 5, 7])('a run cut after line %i goes on as if it had never stopped', async (lines) => {
    const whole = await searchTiny({ config: { ...ON, optimizer: 'bayesian', iterations: 5 } });
    const cut = whole.journalText.split('\n').slice(0, lines).join('\n');
    writeFileSync(whole.journal, `${cut}\n`);
    const renderer = new TinyRenderer();
    const { summary } = await resumeTiny(whole.journal, { renderers: [renderer] });
    const records = (text: string) =>
      timelessJournal(text, whole.folder)
        .split('\n')
        .filter((line) => /"kind":"(asked|scored)"/.test(line));
    expect(records(readFileSync(whole.journal, 'utf8'))).toEqual(records(whole.journalText));
    expect(summary.iterations).toBe(5);
  });

  it('get as many images as the first iteration where iterations get some of them', async () => {
    const result = await searchTiny({
      config: { ...ON, imagesPerTrial: 'auto', iterations: 8 },
      clock: STANDING_CLOCK,
      payload: { n_iter: 8 },
    });
    const [a, b, half, first] = trialsIn(result);
    const counts = [a, b, half, first].map((trial) => trial?.images.length);
    expect(new Set(counts)).toEqual(new Set([first?.images.length]));
    expect(first?.images.length).toBeLessThan(8);
  });

  it('are left out where the budget of images is hardly more than they take', async () => {
    const budget = { budgetImages: 12, iterations: 20 };
    const { summary } = await searchTiny({ config: { ...ON, ...budget } });
    expect(summary.baselines).toEqual([]);
    expect(summary.iterations).toBe(6);
    const enough = await searchTiny({ config: { ...ON, ...budget, budgetImages: 18 } });
    expect(enough.summary.baselines).toHaveLength(3);
    expect(enough.summary.iterations).toBe(6);
  });

  it('half of each is not handed out where the bounds forbid it', async () => {
    for (const seed of [1, 2, 3]) {
      const bounds = { low: 0, high: 0.1, iterations: 2, seed };
      const { summary } = await searchTiny({ config: { ...ON, ...bounds } });
      expect(Math.max(...Object.values(summary.recommended?.weights ?? { none: 1 }))).toBeLessThanOrEqual(
        0.1,
      );
    }
  });

  it('that failed are measured once more by whoever resumes', async () => {
    let images = 0;
    const renderer = new TinyRenderer({
      failAt: () => (++images <= 6 ? runError('webui-rejected', 'no') : undefined),
    });
    const { journal, summary } = await searchTiny({
      renderers: [renderer],
      config: { ...ON, iterations: 4, maxFailures: 3 },
    });
    expect(summary.reason.code).toBe('failures');
    const resumed = await resumeTiny(journal);
    expect(resumed.summary.baselines.map(({ name }) => name)).toEqual(['A', 'B', 'half']);
    expect(resumed.summary.iterations).toBe(4);
  });

  it('are not measured with --no-baselines', async () => {
    const result = await searchTiny({ config: { iterations: 2 } });
    expect(trialsIn(result)).toHaveLength(2);
    expect(result.summary.baselines).toEqual([]);
  });
});
