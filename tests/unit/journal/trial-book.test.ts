import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseJournal, trialsOf } from '../../../src/journal/read.ts';
import type { JournalRecord, RecordOf } from '../../../src/journal/record.ts';
import { growingTrials } from '../../../src/journal/trial-book.ts';
import type { FinishedTrial } from '../../../src/types.ts';
import { asked } from './records.ts';

const fixture = (name: string): readonly JournalRecord[] => {
  const file = path.resolve(import.meta.dirname, '../../fixtures/journals', `${name}.journal.jsonl`);
  return parseJournal(readFileSync(file, 'utf8'), name).records;
};

const time = { at: '2026-01-01T00:00:00.000Z', evaluation: 1, iteration: 1 };
const image = (request: string) =>
  ({ request, index: 0, payload: 'p', seed: 1, score: 0.5, raw: {}, pixels: 'a', seconds: 1 }) as const;
const scored = (trial: number): RecordOf<'scored'> => ({
  kind: 'scored',
  trial,
  score: 0.5,
  images: [image('p/0')],
  time,
});
const rejected = (trial: number): RecordOf<'rejected'> => ({
  kind: 'rejected',
  trial,
  trials: [trial],
  id: 'x',
  by: 'somebody',
  time,
});

/** Everything that may happen to a trial, some of it before it is finished. */
const EVENTFUL: readonly JournalRecord[] = [
  asked(1),
  scored(1),
  asked(2),
  { kind: 'doubted', trials: [2], reason: 'The merge was lost.', time },
  scored(2),
  { kind: 'more', trial: 1, images: 2, mergeCost: 0 },
  asked(3),
  { kind: 'added', trial: 1, score: 0.6, images: [image('p/1')], time },
  { kind: 'more', trial: 1, images: 3, mergeCost: 0 },
  rejected(1),
  { kind: 'failed', trial: 3, failure: { code: 'x', message: 'It failed.' }, images: [], time },
  asked(4),
];

describe('trials of a journal that grows', () => {
  it.each<[string, readonly JournalRecord[]]>([
    ['an eventful one', EVENTFUL],
    ['one with unequal images', fixture('main-2026-11-images')],
    ['a pass', fixture('main-2026-11-pass')],
    ['a recovered one', fixture('main-2026-11-learnt')],
  ])('are after every record what all records make: %s', (_, all) => {
    const records: JournalRecord[] = [];
    for (const record of all) {
      records.push(record);
      expect(growingTrials(records)).toEqual(trialsOf([...records]));
    }
    expect(records.length).toBeGreaterThan(3);
  });

  const more = (trial: number, images: number): RecordOf<'more'> => ({
    kind: 'more',
    trial,
    images,
    mergeCost: 0,
  });
  const added = (trial: number): RecordOf<'added'> => ({
    kind: 'added',
    trial,
    score: 0.6,
    images: [image('p/1')],
    time,
  });

  it('get more images only where those were asked for, of a trial that was measured', () => {
    const { finished } = trialsOf([asked(1), scored(1), added(1), more(9, 2), added(9)]);
    expect(finished).toMatchObject([{ id: 1, score: 0.5 }]);
    const failed: JournalRecord = {
      kind: 'failed',
      trial: 2,
      failure: { code: 'image-broken', message: 'Cut off.' },
      images: [],
      time,
    };
    const learnt: JournalRecord = { kind: 'learnt', trial: 3, weights: { IN00: 1 }, score: 1 };
    const others = trialsOf([asked(2), failed, learnt, more(2, 2), added(2), more(3, 2), added(3)]);
    expect(others.finished).toMatchObject([
      { state: 'failed', images: [] },
      { score: 1, images: [] },
    ]);
    expect(others.unfinished).toEqual([]);
  });

  it('wait for images that were asked for until they came, or nobody wants them', () => {
    const begun = [asked(1), scored(1), more(1, 2)];
    expect(trialsOf(begun).unfinished).toEqual([more(1, 2)]);
    expect(trialsOf([...begun, rejected(1)]).unfinished).toEqual([]);
    expect(trialsOf([...begun, added(1)]).unfinished).toEqual([]);
  });

  it('that were learned or have failed are not taken back', () => {
    const learnt: JournalRecord = { kind: 'learnt', trial: 1, weights: { IN00: 1 }, score: 1 };
    const doubted: JournalRecord = { kind: 'doubted', trials: [1, 2], reason: 'Lost.', time };
    const failed: JournalRecord = {
      kind: 'failed',
      trial: 2,
      failure: { code: 'image-broken', message: 'Cut off.' },
      images: [],
      time,
    };
    expect(trialsOf([learnt, asked(2), failed, doubted, rejected(1)]).finished).toMatchObject([
      { state: 'scored', score: 1 },
      { state: 'failed', failure: { code: 'image-broken' } },
    ]);
  });

  it('say how many records have made finished ones other ones', () => {
    const records: JournalRecord[] = [];
    const changes = EVENTFUL.map((record) => {
      records.push(record);
      return trialsOf(records).changes;
    });
    expect(changes).toEqual([0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 3]);
  });

  it('are as they were read, but take less room where a run keeps them', () => {
    const records = fixture('main-2026-11-images');
    const scoredOf = (trials: readonly FinishedTrial[]) => trials.filter(({ state }) => state === 'scored');
    const weightsOf = (trials: readonly FinishedTrial[]) =>
      scoredOf(trials).map((trial) => Object.getOwnPropertyDescriptor(trial, 'weights')?.value as unknown);
    const asRead = new Set(records.map((record) => record.kind === 'asked' && record.weights));
    expect(weightsOf(trialsOf(records).finished).every((weights) => asRead.has(weights as never))).toBe(true);
    expect(weightsOf(growingTrials(records).finished)).toContain(undefined);
  });

  it('that are in doubt have failed for the reason that was recorded, and the others count', () => {
    const doubted: JournalRecord = { kind: 'doubted', trials: [1], reason: 'The merge was lost.', time };
    const { finished } = trialsOf([asked(1), scored(1), asked(2), scored(2), doubted]);
    expect(finished).toMatchObject([
      { id: 1, state: 'failed', failure: { code: 'merge-doubtful', message: 'The merge was lost.' } },
      { id: 2, state: 'scored', score: 0.5 },
    ]);
  });

  it('say who rejected them, and because of which iteration', () => {
    const records = [asked(1), scored(1), asked(2), { ...scored(2), repeatOf: 1 }];
    const { finished } = trialsOf([...records, { ...rejected(1), trials: [1, 2] }]);
    expect(finished.map((trial) => trial.state === 'failed' && trial.failure.message)).toEqual([
      'It was rejected by somebody.',
      'It was rejected by somebody, like iteration 1 with the same weights.',
    ]);
    expect(finished[0]).not.toHaveProperty('score');
    expect(finished[0]).not.toHaveProperty('source');
  });

  it('stay the same objects until something is said of them', () => {
    const records = EVENTFUL.slice(0, 2);
    const [before] = growingTrials(records).finished;
    records.push(asked(2), scored(2));
    const [same, other] = growingTrials(records).finished;
    expect(same).toBe(before);
    records.push(rejected(1));
    const [changed, still] = growingTrials(records).finished;
    expect(changed).toMatchObject({ state: 'failed', failure: { code: 'rejected' } });
    expect(still).toBe(other);
  });
});
