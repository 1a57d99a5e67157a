import { describe, expect, it } from 'vitest';
import { readHistoryCsv } from '../../../src/formats/history-csv.ts';
import { trialsCsv } from '../../../src/outputs/projections.ts';
import { failedTrial, scoredTrial } from '../../helpers/make-trial.ts';

const header = (csv: string): string => csv.split('\n')[0] ?? '';

describe('the CSV of a run', () => {
  const whole = [
    scoredTrial({ id: 1, score: 0.2, images: 4 }),
    scoredTrial({ id: 2, score: 0.2, repeatOf: 1 }),
    failedTrial({ id: 3, message: 'no' }),
    scoredTrial({ id: 4, score: 0.3, images: 4 }),
  ];

  it('says nothing of images where every trial has all of them', () => {
    expect(header(trialsCsv(whole))).toMatch(/,iter_times$/);
  });

  it('says how many each has where some have fewer, behind all other columns', async () => {
    const trials = [...whole, scoredTrial({ id: 5, score: 0.4, images: 3 })];
    const csv = trialsCsv(trials);
    expect(header(csv)).toBe(`${header(trialsCsv(whole))},images`);
    expect((await readHistoryCsv(csv)).map(({ images }) => images)).toEqual([4, 0, 0, 4, 3]);
    // The other columns are what they were.
    const withoutLast = csv.split('\n').map((line) => line.replace(/,[^,]*$/, ''));
    expect(withoutLast.slice(0, 5)).toEqual(trialsCsv(whole).split('\n').slice(0, 5));
  });

  it('has one row for a trial that got more images later, with its last score', async () => {
    const trials = [
      scoredTrial({ id: 1, score: 0.35, images: 12 }),
      scoredTrial({ id: 2, score: 0.1, images: 4 }),
    ];
    const rows = await readHistoryCsv(trialsCsv(trials));
    expect(rows.map(({ score, images }) => [score, images])).toEqual([
      [0.35, 12],
      [0.1, 4],
    ]);
  });
});
