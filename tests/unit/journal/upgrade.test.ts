/** Journals of other versions: older ones are brought up to date, newer ones are called newer, and nothing of either is lost. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readChainJournal } from '../../../src/journal/chain-record.ts';
import { journalFromLog } from '../../../src/journal/from-log.ts';
import {
  isObject,
  parseLines,
  shapeFault,
  writtenByNewer,
  type LineFormat,
} from '../../../src/journal/lines.ts';
import { parseJournal } from '../../../src/journal/read.ts';
import { RECORD_FORMAT, recordSchema } from '../../../src/journal/record.ts';
import { JOURNAL_VERSION, PRESENT_FORMAT, type RawRecord } from '../../../src/journal/upgrade.ts';
import { journalEntry } from '../../../src/cli/commands/records/history/journal-entry.ts';
import { asked, recovered } from './records.ts';

const first = recovered('a.log');
const textOf = (...records: readonly unknown[]): string =>
  records.map((record) => `${typeof record === 'string' ? record : JSON.stringify(record)}\n`).join('');
const time = { at: '2026-01-01T00:00:00.000Z', evaluation: 1, iteration: 1 };
const scored = { kind: 'scored', trial: 1, score: 0.5, images: [], time };

it.each<[unknown, boolean]>([
  [{}, true],
  [null, false],
  [[], false],
  ['text', false],
  [7, false],
  [undefined, false],
])('%j is a line with keys: %s', (value, isOne) => {
  expect(isObject(value)).toBe(isOne);
});

it('a fault names the place, where there is one, and is the first of several', () => {
  const shape = z.object({ images: z.array(z.number()), seed: z.number() });
  const faultOf = (value: unknown): string | undefined => {
    const { error } = shape.safeParse(value);
    return error && shapeFault(error);
  };
  expect(faultOf({ images: [1, 'x'], seed: 'x' })).toMatch(/^images\.1: Invalid input[^;\n]*$/);
  expect(faultOf(7)).toMatch(/^Invalid input/);
});

it('has a step from every version to the next', () => {
  expect(PRESENT_FORMAT.steps).toHaveLength(JOURNAL_VERSION - 1);
});

describe('keys that are not known', () => {
  it('stay in records of every depth', () => {
    const image = {
      request: 'p/0',
      index: 0,
      payload: 'p',
      seed: 1,
      score: 0.5,
      raw: {},
      pixels: 'x',
      seconds: 1,
      worker: 'left',
    };
    const records = [
      { ...first, tool: '9.0.0' },
      { ...asked(1), lane: 2 },
      { ...scored, variance: 0.25, images: [image], time: { ...time, queued: 3 } },
    ];
    expect(parseJournal(textOf(...records), 'x').records).toEqual(records);
  });
});

it('a family of models that this version does not know is read, and is no damage', () => {
  const file = new URL('../../fixtures/journals/main-2026-11.journal.jsonl', import.meta.url);
  const text = readFileSync(file, 'utf8')
    .replaceAll('"sd1"', '"flux"')
    .replaceAll('"IN00"', '"double_blocks.0"');
  const { records } = parseJournal(text, 'x');
  expect(records[0]).toMatchObject({ plan: { space: { architecture: 'flux' } } });
  const weights = records.flatMap((record) => (record.kind === 'asked' ? [record.weights] : []));
  expect(weights.every((one) => 'double_blocks.0' in one)).toBe(true);
});

describe('a newer autombw', () => {
  const NEWER = /^The journal x was written by a newer autombw \(.*\): update autombw\.$/;

  it.each([
    ['its first line, whatever its shape', [{ kind: 'plan', version: 2, plan: 'elsewhere' }]],
    ['a record of hash', [first, asked(1), { kind: 'dreamt', trial: 1 }]],
    [
      'a later line, behind one that it writes in another way',
      [first, { kind: 'asked' }, { kind: 'resumed', version: 2 }],
    ],
    ['a later line, behind garbage', [first, 'garbage', { kind: 'dreamt' }]],
  ])('is told by %s, before any damage', (_, records) => {
    expect(() => parseJournal(textOf(...records), 'x')).toThrow(NEWER);
    expect(() => parseJournal(textOf(...records), 'x')).toThrow(
      expect.objectContaining({ code: 'journal-version' }),
    );
  });

  it('is told behind as many broken lines as a journal may have, and not behind more', () => {
    const behind = (broken: number, whole = 0): string =>
      textOf(first, 'garbage', ...Array.from({ length: broken }, () => 'garbage')) +
      textOf(...Array.from({ length: whole }, (_, n) => asked(n + 1)), { kind: 'dreamt' });
    expect(() => parseJournal(behind(1000), 'x')).toThrow(NEWER);
    expect(() => parseJournal(behind(500, 2000), 'x')).toThrow(NEWER);
    expect(() => parseJournal(behind(1001), 'x')).toThrow(/damaged in line 2/);
  });

  it.each([2.5, 0, '2', null])('is not told by the version %j, which no version is', (version) => {
    expect(() => parseJournal(textOf({ ...first, version }), 'x')).toThrow(/damaged in line 1/);
  });

  it('is told to recover as well: what is known here could mean something else without the rest', () => {
    const plan = { kind: 'plan', version: 2 };
    expect(() => journalFromLog(textOf(plan, asked(1)), 'x.log')).toThrow(
      'The log x.log was written by a newer autombw (format version 2; this one reads up to 1): update autombw.',
    );
    // A log of another program may say what it likes.
    expect(journalFromLog(textOf({ kind: 'dreamt' }), 'x.log')).toBeUndefined();
  });
});

describe('a newer autombw, to those who list runs', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-newer-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['a kind of record', [first, scored, { kind: 'retracted', trials: [1] }]],
    ['a version, behind damage', [first, { kind: 'scored' }, { kind: 'resumed', version: 2 }]],
  ])('is told by %s, and nothing is counted', (_, records) => {
    const file = path.join(folder, 'O-0-2026-01-01-00-00-00.journal.jsonl');
    writeFileSync(file, textOf(...records));
    expect(journalEntry(file)).toMatchObject({
      state: 'unreadable',
      scored: 0,
      best: null,
      reason: expect.stringMatching(/was written by a newer autombw/) as unknown,
    });
  });

  it('is told of a chain', async () => {
    const file = path.join(folder, 'C.chain.jsonl');
    const chain = { kind: 'chain', version: 1, config: {}, time: { at: '' }, tool: '9.0.0' };
    writeFileSync(file, textOf(chain));
    expect(await readChainJournal(file)).toEqual([chain]);
    writeFileSync(file, textOf(chain, { kind: 'forked' }));
    await expect(readChainJournal(file)).rejects.toThrow(/^The chain .* was written by a newer autombw/);
    writeFileSync(file, textOf(chain, { kind: 'begun' }));
    await expect(readChainJournal(file)).rejects.toThrow(/is damaged in line 2/);
  });
});

describe('an older version', () => {
  /** As if the present version were the third: the first said `mark` for a score, the second `points`. */
  const later: LineFormat = {
    ...RECORD_FORMAT,
    version: 3,
    steps: [rename('mark', 'points'), rename('points', 'score')],
  };
  function rename(from: string, to: string): (record: RawRecord) => RawRecord {
    return ({ [from]: value, ...rest }) => (value === undefined ? rest : { ...rest, [to]: value });
  }
  const { score, ...unmarked } = scored;
  const read = (...records: readonly unknown[]): readonly unknown[] =>
    parseLines(
      textOf(...records)
        .split('\n')
        .slice(0, -1),
      recordSchema,
      later,
      {
        newer: (reason) => writtenByNewer('It', reason),
        damaged: (line, detail) => new Error(`line ${line}: ${detail}`),
      },
    );

  it('is brought to the present one, line by line, before its shape is looked at', () => {
    const start = { kind: 'resumed', limits: {}, time: { at: '' } };
    const records = [
      { ...unmarked, mark: score },
      { ...start, version: 2 },
      { ...unmarked, points: score },
      { ...start, version: 3 },
      scored,
    ];
    expect(read(...records)).toEqual([
      scored,
      { ...start, version: 3 },
      scored,
      { ...start, version: 3 },
      scored,
    ]);
  });

  it('is read by its own rules alone', () => {
    expect(() => read({ ...unmarked, points: score, version: 1 })).not.toThrow();
    expect(() => read({ ...unmarked, mark: score, version: 3 })).toThrow(/line 1: score/);
    expect(() => read({ ...scored, version: 4 })).toThrow(/format version 4; this one reads up to 3/);
  });
});
