import { describe, expect, it } from 'vitest';
import { finishedTrial, learnedTrial, openTrial, recordOf } from '../../../src/journal/trial-records.ts';
import type { RecordOf } from '../../../src/journal/record.ts';
import { asked } from './records.ts';

const time = { at: '2026-01-01T00:00:00.000Z', evaluation: 1, iteration: 1 };
const scored: RecordOf<'scored'> = { kind: 'scored', trial: 3, score: 0.5, images: [], time };

describe('a scored record', () => {
  it.each([
    [scored, { kind: 'measured' }],
    [
      { ...scored, repeatOf: 2 },
      { kind: 'repeat', of: 2 },
    ],
    [{ ...scored, repeatOf: 0 }, { kind: 'earlier-pass' }],
  ])('says where its score came from, and is written again as it was: %o', (record, source) => {
    const trial = finishedTrial(openTrial(asked(3)), record);
    expect(trial).toMatchObject({ state: 'scored', id: 3, source });
    expect(recordOf(trial)).toEqual(record);
    expect(trial).not.toHaveProperty('repeatOf');
  });
});

describe('a learnt record', () => {
  it('is a trial that was never asked for: it has no point and no time', () => {
    const trial = learnedTrial({ kind: 'learnt', trial: 1, weights: { IN00: 0.5 }, score: 0.25 });
    expect(trial).toEqual({
      state: 'scored',
      source: { kind: 'learned' },
      id: 1,
      weights: { IN00: 0.5 },
      score: 0.25,
      images: [],
    });
  });
});
