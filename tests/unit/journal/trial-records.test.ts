import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  addedRecord,
  extendedTrial,
  finishedTrial,
  learnedTrial,
  openTrial,
  recordOf,
} from '../../../src/journal/trial-records.ts';
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
    expect(recordOf(trial)).toStrictEqual(record);
    expect(trial).not.toHaveProperty('repeatOf');
  });
});

const image = {
  request: 'p/0',
  index: 0,
  payload: 'p',
  seed: 1,
  score: 0.5,
  raw: { quality: 0.5 },
  pixels: 'x',
  seconds: 1,
};
const missing = [{ request: 'p/0', index: 1, code: 'image-broken' as const, message: 'Cut off.' }];

it('trials have one shape, not each its own: a long run looks through them often, and keeps them all', () => {
  setFlagsFromString('--allow-natives-syntax');
  const haveOneShape = new Script('(one, other) => %HaveSameMap(one, other)').runInThisContext() as (
    one: object,
    other: object,
  ) => boolean;
  const made = (id: number) => {
    const trial = finishedTrial(openTrial(asked(id)), { ...scored, trial: id, images: [image] });
    if (trial.state === 'failed') throw new Error('it is scored');
    return [trial, extendedTrial(trial, 2, { score: id / 7, images: [image], time })];
  };
  // What the first ones look like says nothing of the later ones.
  const all = Array.from({ length: 300 }, (_, n) => made(n + 1)).slice(-2);
  const [[trial, extended] = [], [other, otherExtended] = []] = all;
  if (!trial || !other || !extended || !otherExtended) throw new Error('they are made');
  const areAlike = [haveOneShape(trial, other), haveOneShape(extended, otherExtended)];
  setFlagsFromString('--no-allow-natives-syntax');
  expect(areAlike).toEqual([true, true]);
});

describe('an asked record', () => {
  it('says what is special of a trial, and nothing where nothing is', () => {
    expect(openTrial(asked(3))).toStrictEqual({
      state: 'open',
      id: 3,
      origin: 'optimizer',
      point: [0.5],
      weights: { IN00: 0.5 },
    });
    expect(openTrial({ ...asked(3), baseline: 'half', byHand: true, images: 2 })).toMatchObject({
      baseline: 'half',
      byHand: true,
      wanted: 2,
    });
  });
});

describe('the record of a trial', () => {
  it('that failed, or that lacks images, is written again as it was', () => {
    const failed: RecordOf<'failed'> = {
      kind: 'failed',
      trial: 3,
      failure: { code: 'image-broken', message: 'Cut off.' },
      images: [image],
      time,
    };
    expect(recordOf(finishedTrial(openTrial(asked(3)), failed))).toStrictEqual(failed);
    const lacking = { ...scored, images: [image], missing };
    expect(finishedTrial(openTrial(asked(3)), lacking)).toMatchObject({ missing });
    expect(recordOf(finishedTrial(openTrial(asked(3)), lacking))).toStrictEqual(lacking);
    expect(recordOf(finishedTrial(openTrial(asked(3)), { ...scored, missing: [] }))).toEqual(scored);
  });
});

describe('more images of a trial', () => {
  const trial = finishedTrial(openTrial(asked(3)), { ...scored, images: [image], missing });
  const second = { ...image, index: 1 };
  const added = { score: 0.75, images: [second], time: { at: 'later', evaluation: 2, iteration: 3 } };

  it('stand behind those that it has, and its time grows', () => {
    if (trial.state !== 'scored') throw new Error('it has a score');
    const extended = extendedTrial(trial, 2, added);
    expect(extended).toMatchObject({
      wanted: 2,
      score: 0.75,
      images: [image, second],
      time: { at: time.at, evaluation: 3, iteration: 4 },
    });
    expect(extended).not.toHaveProperty('missing');
    expect(extendedTrial(trial, 3, { ...added, missing })).toMatchObject({ missing });
  });

  it('are recorded with what is missing', () => {
    expect(addedRecord(3, added)).toStrictEqual({ kind: 'added', trial: 3, ...added });
    expect(addedRecord(3, { ...added, missing })).toStrictEqual({
      kind: 'added',
      trial: 3,
      ...added,
      missing,
    });
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
