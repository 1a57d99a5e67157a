/** A run whose images a person rates. */
import { describe, expect, it } from 'vitest';
import { parseJournal, trialsOf } from '../../src/journal/read.ts';
import { exitCodeOf } from '../../src/cli/commands/summary.ts';
import { runInProcess } from '../helpers/fake-process.ts';
import { makeRater } from '../helpers/rater.ts';
import { resumeTiny, searchTiny } from '../helpers/run-search.ts';

const manual = { scorer: ['manual'], iterations: 3, saveImages: 'all' };
const trials = (text: string) => trialsOf(parseJournal(text, 'test').records);

describe('a search with --scorer manual', () => {
  it('is rated image by image', async () => {
    const rater = makeRater(['1', '2', '3', '4', '5', '6']);
    const { summary, journalText } = await searchTiny({ config: manual, terminal: rater.terminal });
    expect(summary).toMatchObject({ iterations: 3, failed: 0, best: { trial: 3, score: 5.5 } });
    expect(
      trials(journalText).finished.map((trial) =>
        trial.images.map(({ raw }) => raw['manual'] ?? 0).toSorted((a, b) => a - b),
      ),
    ).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  });

  it('counts an iteration without a skipped image, and says so', async () => {
    const notices: string[] = [];
    const { summary } = await searchTiny({
      config: manual,
      terminal: makeRater(['1', '2', 's', '3', '4', '5', '6']).terminal,
      observers: [{ name: 'listener', onNotice: ({ message }) => void notices.push(message) }],
    });
    expect(summary).toMatchObject({ iterations: 3, failed: 0, imagesPerTrial: { least: 1, most: 2 } });
    expect(notices.join('\n')).toMatch(
      /1 of 2 images is missing \([^)]+\); the other 1 counts\. .*skipped by the rater/,
    );
  });

  it('stops with q like an interrupt, and goes on where it was', async () => {
    const first = await searchTiny({ config: manual, terminal: makeRater(['1', '2', '3', 'q']).terminal });
    expect(first.summary).toMatchObject({
      reason: { code: 'interrupted', message: expect.stringContaining('You stopped rating') },
      iterations: 1,
      failed: 0,
      canResume: true,
    });
    expect(exitCodeOf(first.summary, undefined)).toBe(130);
    expect(trials(first.journalText).open).toHaveLength(1);
    // Nobody rates an image twice: the one that has got 3 is not among the questions.
    const rater = makeRater(['7', '6', '8']);
    const second = await resumeTiny(first.journal, { terminal: rater.terminal });
    expect(second.summary).toMatchObject({ iterations: 3, failed: 0, best: { trial: 3, score: 7 } });
    expect(rater.asked()).toBe(3);
    const [, rated] = trials(second.journalText).finished;
    expect(rated?.images.map(({ raw }) => raw['manual'])).toEqual(expect.arrayContaining([3, 7]));
  });

  it('needs a terminal, which is found out before anything is written', async () => {
    const { terminal } = makeRater([]);
    const output = Object.assign(terminal.output, { isTTY: false });
    await expect(searchTiny({ config: manual, terminal: { ...terminal, output } })).rejects.toMatchObject({
      code: 'manual-needs-terminal',
    });
    const args = ['score', 'README.md', '--scorer', 'manual'];
    const { code, stderr } = await runInProcess(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/asks you in a terminal/);
  });
});
