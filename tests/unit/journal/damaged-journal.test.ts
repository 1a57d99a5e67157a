/** A journal that was cut, or damaged inside: what is read of it is right, or it is refused with one sentence. Never another score. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { assert, asyncProperty, integer, oneof, tuple } from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { JournalFollower } from '../../../src/journal/follow.ts';
import { readJournal, trialsOf } from '../../../src/journal/read.ts';
import { isExpected } from '../../../src/shared/errors.ts';
import { isReadFailure } from '../../../src/shared/files/read-file.ts';
import type { FinishedTrial } from '../../../src/types.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const RECORDED = path.join(import.meta.dirname, '../../fixtures/journals/main-2026-11-images.journal.jsonl');
const whole = readFileSync(RECORDED);
const lines = whole.toString('utf8').trimEnd().split('\n');
/** Behind the plan, which is most of the file and is read as JSON alone. */
const BEHIND_PLAN = Buffer.byteLength(`${lines[0]}\n`);
let file = '';

beforeEach(() => {
  file = path.join(temporaryFolder('damaged'), 'O-0-2026-11-20-10-00-00.journal.jsonl');
});

function scoresOf(trials: readonly FinishedTrial[]): Map<number, number | null> {
  return new Map(trials.map((trial) => [trial.id, trial.state === 'scored' ? trial.score : null]));
}

const { records: recorded } = await readJournal(RECORDED);
const right = scoresOf(trialsOf(recorded).finished);
/** By iteration, the scores that it has had: images that came later make another one. */
const everHad = new Map<number, Set<number | null>>();
for (const record of recorded) {
  if (record.kind !== 'scored' && record.kind !== 'added') continue;
  everHad.set(record.trial, (everHad.get(record.trial) ?? new Set()).add(record.score));
}

const SENTENCE = /^The journal .*[.)"]$/s;

/** @returns what a reader makes of it; undefined where it refuses it with a sentence that tells which line, or why */
async function read(content: string | Uint8Array): Promise<Map<number, number | null> | undefined> {
  writeFileSync(file, content);
  try {
    const { records } = await readJournal(file);
    return scoresOf(trialsOf(records).finished);
  } catch (error) {
    if (!isExpected(error) || !error.code.startsWith('journal-') || !SENTENCE.test(error.message))
      throw error;
    return undefined;
  }
}

/** As the page reads it. */
async function follow(): Promise<Map<number, number | null> | undefined> {
  try {
    return scoresOf(trialsOf((await new JournalFollower(file).read()).records).finished);
  } catch (error) {
    if (!isReadFailure(error)) throw error;
    return undefined;
  }
}

/** Scores that no iteration of the whole journal ever had. */
function wrongIn(scores: ReadonlyMap<number, number | null> | undefined): unknown[] {
  return [...(scores ?? [])].filter(([trial, score]) => everHad.get(trial)?.has(score) !== true);
}

describe('a journal', () => {
  it('that was cut at any byte gives the iterations before the cut', async () => {
    await assert(
      asyncProperty(integer({ min: BEHIND_PLAN, max: whole.length }), async (end) => {
        const scores = await read(whole.subarray(0, end));
        expect(wrongIn(scores)).toEqual([]);
        expect(scores).toEqual(await follow());
        const ended = whole.subarray(0, end).toString('latin1').split('\n').slice(0, -1);
        expect(scores?.size).toBe(ended.filter((line) => /^\{"kind":"(scored|failed)"/.test(line)).length);
      }),
      { examples: [[whole.length], [whole.length - 1], [BEHIND_PLAN], [BEHIND_PLAN + 1]] },
    );
  });

  it('of which not even the plan is whole is refused', async () => {
    await assert(
      asyncProperty(integer({ min: 0, max: BEHIND_PLAN - 1 }), async (end) => {
        expect(await read(whole.subarray(0, end))).toBeUndefined();
      }),
    );
  });

  it('with zero bytes behind it, as after a power cut, gives all before them', async () => {
    const cut = whole.subarray(0, whole.length - 40);
    expect(await read(Buffer.concat([cut, Buffer.alloc(4096)]))).toEqual(await read(cut));
  });

  it('with zero bytes inside is refused', async () => {
    const spoilt = Buffer.from(whole);
    spoilt.fill(0, BEHIND_PLAN + 100, BEHIND_PLAN + 612);
    expect(await read(spoilt)).toBeUndefined();
  });

  it.each([
    ['line ends of Windows', lines.map((line) => `${line}\r\n`).join('')],
    ['a byte order mark', `\uFEFF${lines.join('\n')}\n`],
  ])('with %s is the same', async (_, text) => {
    expect(await read(text)).toEqual(right);
  });

  it('of which lines were lost, copied, swapped or run together gives no other score', async () => {
    const at = integer({ min: 0, max: lines.length - 1 });
    const damage = oneof(
      at.map((i) => lines.toSpliced(i, 1)),
      at.map((i) => lines.toSpliced(i, 0, lines[i] ?? '')),
      tuple(at, at).map(([i, j]) => lines.with(i, lines[j] ?? '').with(j, lines[i] ?? '')),
      at.map((i) => lines.toSpliced(i, 2, `${lines[i]}${lines[i + 1] ?? ''}`)),
      at.map((i) => [...lines, ...lines.slice(i)]),
    );
    await assert(
      asyncProperty(damage, async (damaged) => {
        expect(wrongIn(await read(`${damaged.join('\n')}\n`))).toEqual([]);
        expect(wrongIn(await follow())).toEqual([]);
      }),
    );
  });

  it.each([
    ['begins twice', [...lines, ...lines], /another run starts inside it/],
    ['has an iteration that begins twice', twice('asked'), /iteration \d+ begins twice/],
    ['has an iteration that ends twice', twice('scored'), /iteration \d+ ends twice/],
    ['has an iteration without a beginning', without('asked'), /iteration \d+ ends without having started/],
  ])('that %s is told as damaged', async (_, damaged, message) => {
    writeFileSync(file, `${damaged.join('\n')}\n`);
    await expect(readJournal(file)).rejects.toThrow(message);
  });

  it('with any byte changed is read or refused', async () => {
    const change = tuple(integer({ min: 0, max: whole.length - 1 }), integer({ min: 0, max: 255 }));
    await assert(
      asyncProperty(change, async ([at, byte]) => {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        // A score may be another number then, which only the images beside it tell: see verify.
        expect([...((await read(changed)) ?? right).keys()].every((trial) => trial > 0)).toBe(true);
        await expect(follow()).resolves.not.toThrow();
      }),
    );
  });
});

function twice(kind: string): string[] {
  const at = lines.findIndex((line) => line.startsWith(`{"kind":"${kind}"`));
  return lines.toSpliced(at, 0, lines[at] ?? '');
}

function without(kind: string): string[] {
  return lines.toSpliced(
    lines.findIndex((line) => line.startsWith(`{"kind":"${kind}"`)),
    1,
  );
}
