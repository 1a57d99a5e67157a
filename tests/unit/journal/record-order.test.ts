/** What no run ever writes is told with its place, and counts for nothing. */
import { describe, expect, it } from 'vitest';
import { parseJournal } from '../../../src/journal/read.ts';
import { RecordOrder } from '../../../src/journal/record-order.ts';
import type { JournalRecord } from '../../../src/journal/record.ts';
import { asked, recovered } from './records.ts';

const time = { at: '2026-01-01T00:00:00.000Z', evaluation: 1, iteration: 1 };
const failure = { code: 'x', message: 'It failed.' };
const KINDS: Readonly<Record<string, (trial: number) => JournalRecord>> = {
  begin: () => recovered('a.log'),
  asked,
  learnt: (trial) => ({ kind: 'learnt', trial, weights: { IN00: 1 }, score: 1 }),
  scored: (trial) => ({ kind: 'scored', trial, score: 0.5, images: [], time }),
  failed: (trial) => ({ kind: 'failed', trial, failure, images: [], time }),
  more: (trial) => ({ kind: 'more', trial, images: 2, mergeCost: 0 }),
  added: (trial) => ({ kind: 'added', trial, score: 0.5, images: [], time }),
  forgotten: (trial) => ({ kind: 'forgotten', trial }),
};

/** `asked1 scored1` and so on. */
const recordsOf = (words: string): JournalRecord[] =>
  words.split(' ').flatMap((word) => {
    const [, kind = '', trial] = /^([a-z]+)(\d*)$/.exec(word) ?? [];
    return KINDS[kind]?.(Number(trial)) ?? [];
  });

describe('the order of records', () => {
  it.each([
    'begin asked1 asked2 scored2 failed1',
    'begin learnt1 asked2 forgotten2 scored2',
    'begin asked1 scored1 more1 added1 more1 more1 added1',
    'begin learnt1 more1 added1',
  ])('may be %s', (words) => {
    const order = new RecordOrder();
    expect(recordsOf(words).map((record) => order.fault(record))).toEqual(
      words.split(' ').map(() => undefined),
    );
  });

  it.each([
    ['begin begin', 'another run starts inside it'],
    ['begin asked1 begin', 'another run starts inside it'],
    ['begin asked1 asked1', 'iteration 1 starts twice'],
    ['begin asked1 scored1 asked1', 'iteration 1 starts twice'],
    ['begin learnt1 asked1', 'iteration 1 starts twice'],
    ['begin asked2 scored1', 'iteration 1 ends without having started'],
    ['begin failed1', 'iteration 1 ends without having started'],
    ['begin asked1 scored1 failed1', 'iteration 1 ends twice'],
    ['begin asked1 failed1 scored1', 'iteration 1 ends twice'],
    ['begin asked1 scored1 learnt1', 'iteration 1 ends twice'],
    ['begin learnt1 learnt1', 'iteration 1 ends twice'],
    ['begin learnt1 scored1', 'iteration 1 ends twice'],
    ['begin asked1 more1', 'iteration 1 is to get more images but was never finished'],
    ['begin asked1 scored1 more2', 'iteration 2 is to get more images but was never finished'],
    ['begin asked1 scored1 added1', 'iteration 1 got images that were not requested'],
    ['begin asked1 scored1 more1 added1 added1', 'iteration 1 got images that were not requested'],
    ['begin asked1 more1 scored1 added1', 'iteration 1 is to get more images but was never finished'],
  ])('is never %s: %s', (words, fault) => {
    const order = new RecordOrder();
    expect(recordsOf(words).map((record) => order.fault(record))).toContain(fault);
  });

  it('is told with the line', () => {
    const text = recordsOf('begin asked1 asked2 asked1 scored1').map(
      (record) => `${JSON.stringify(record)}\n`,
    );
    expect(() => parseJournal(text.join(''), 'x')).toThrow(
      'The journal x is damaged in line 4 (iteration 1 starts twice). Fix or delete that line, or read it with: autombw recover --log "x"',
    );
  });
});
