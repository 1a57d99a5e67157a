import { readFileSync } from 'node:fs';
import path from 'node:path';
import { array, assert, boolean, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHistoryCsv } from '../../../src/formats/history-csv.ts';
import { filesOf } from '../../../src/journal/name-run.ts';
import { parseJournal } from '../../../src/journal/read.ts';
import { createProjections } from '../../../src/outputs/projections.ts';
import { RunCsv, trialsCsv } from '../../../src/outputs/run-csv.ts';
import type { FinishedTrial } from '../../../src/types.ts';
import { failedTrial, scoredTrial } from '../../helpers/make-trial.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

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

describe('the CSV of a run that goes on', () => {
  it('is at every moment what it is when it is made at once', () => {
    const change = record({
      at: integer({ min: 0, max: 8 }),
      images: constantFrom(0, 1, 2),
      score: integer({ min: 0, max: 9 }),
      more: constantFrom({}, { XTRA: 0.3 }, { OUT: 0.1, TIME_EMBED: 1 }),
    });
    const requests = plan.requests.slice(0, 1).map((request) => ({ ...request, seeds: [1, 2] }));
    assert(
      property(array(change, { maxLength: 12 }), boolean(), (changes, isPlanned) => {
        const known = isPlanned ? { ...plan, requests } : undefined;
        const growing = new RunCsv(known);
        let trials: FinishedTrial[] = [];
        for (const { at, images, score, more } of changes) {
          const id = Math.min(at, trials.length) + 1;
          const made = images === 0 ? failedTrial({ id, message: 'no' }) : scoredTrial({ id, score, images });
          trials = [...trials];
          trials[id - 1] = { ...made, weights: { ...made.weights, ...more } };
          expect(growing.text(trials)).toBe(trialsCsv(trials, known));
        }
        expect(growing.text(trials.slice(1))).toBe(trialsCsv(trials.slice(1), known));
      }),
      { numRuns: 60 },
    );
  });

  it('formats each row once, however often it is written', () => {
    const csv = new RunCsv(plan);
    let looks = 0;
    const trials: FinishedTrial[] = [];
    for (let id = 1; id <= 300; id++) {
      const trial = scoredTrial({ id, score: 0.5 });
      const { weights } = trial;
      trials.push({
        ...trial,
        get weights() {
          looks++;
          return weights;
        },
      });
      csv.text(trials);
    }
    // For the columns, and for the row.
    expect(looks).toBeLessThanOrEqual(3 * trials.length);
  });

  const source = path.resolve(import.meta.dirname, '../../fixtures/journals/v0.1.0-hills.journal.jsonl');
  const [first] = parseJournal(readFileSync(source, 'utf8'), source).records;
  if (first?.kind !== 'plan') throw new Error('the journal has a plan');
  const { plan } = first;

  /** After how many of the further trials the file had them all. @param had trials that were there before */
  function writtenAfter(had: number, further: number): number[] {
    const folder = temporaryFolder('projections');
    const files = filesOf(path.join(folder, 'O.journal.jsonl'));
    const trials: FinishedTrial[] = Array.from({ length: had }, (_, i) =>
      scoredTrial({ id: i + 1, score: 0.5 }),
    );
    const progress = { trials, best: undefined, untilEarlyStop: null, comparable: new Map() };
    const observer = createProjections({ plan, files, recipe: 'O.txt' });
    const rows = (): number => readFileSync(files.csv, 'utf8').trimEnd().split('\n').length - 1;
    const { output, modelA, modelB } = plan.config;
    const facts = { output, modelA, modelB, optimizer: 'random', iterations: 9, imagesPerTrial: 1 };
    observer.onBegin?.({ ...facts, journal: files.journal, progress });
    const written: number[] = [];
    for (let k = 1; k <= further; k++) {
      const trial = scoredTrial({ id: had + k, score: 0.5 });
      trials.push(trial);
      observer.onTrial?.(trial, progress);
      if (rows() === trials.length) written.push(k);
    }
    observer.onDoubt?.([1], progress);
    expect(rows()).toBe(trials.length);
    return written;
  }

  it('is written after every iteration', () => {
    expect(writtenAfter(0, 4)).toEqual([1, 2, 3, 4]);
  });

  it('is written after some of thousands, and always when scores are taken back', () => {
    expect(writtenAfter(4100, 7)).toEqual([3, 6]);
  });
});
