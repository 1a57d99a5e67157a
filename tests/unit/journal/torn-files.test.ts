/** The files beside a journal that several processes write: torn at every byte and damaged, they cost nothing but the line that was struck. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { appendRequest, controlFile, ControlReader } from '../../../src/journal/control.ts';
import {
  answersFile,
  appendAnswer,
  appendQuestions,
  questionsFile,
  questionId,
  type Question,
} from '../../../src/journal/rating-files.ts';
import { readStatus, statusText } from '../../../src/observers/run-status.ts';
import { WatchedRating } from '../../../src/page/rating/watched-rating.ts';
import { lockHolder, LockHeld, takeLock } from '../../../src/shared/process/process-lock.ts';
import { KeptAnswers } from '../../../src/score/manual/kept-answers.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const QUESTIONS = ['a', 'b', 'c', 'd'].map((letter, index): Question => {
  const about = { trial: 1, request: 'coast/0', index, pixels: letter.repeat(64) };
  const rest = { payload: 'coast', seed: index, prompt: 'Zoë', batch: null };
  return { id: questionId(about, null), about, against: null, isNewFirst: true, ...rest };
});
const idOf = (n: number): string => QUESTIONS[n]?.id ?? '';

interface Kind {
  readonly file: (journal: string) => string;
  /** Writes the line of this number, as a process does. */
  readonly append: (journal: string, n: number) => void;
  /** Numbers of the lines that a process which begins to read finds. */
  readonly read: (journal: string) => Promise<readonly number[]>;
}

const KINDS: Readonly<Record<string, Kind>> = {
  requests: {
    file: controlFile,
    append: (journal, n) => void appendRequest(journal, { request: 'reject', trial: n + 1 }),
    read: async (journal) =>
      new ControlReader(journal)
        .look()
        .requests.map((one) => (one.request === 'reject' ? (one.trial ?? 0) - 1 : Number.NaN)),
  },
  questions: {
    file: questionsFile,
    append: (journal, n) => {
      if (n === 0) appendQuestions(journal, [{ line: 'begin', time: '', ask: 'ratings', people: 2 }]);
      const question = QUESTIONS[n];
      if (question !== undefined) appendQuestions(journal, [{ line: 'question', ...question }]);
    },
    read: async (journal) => {
      const state = await new WatchedRating(journal).state('Ann', null);
      return state?.questions.map(({ id }) => QUESTIONS.findIndex((one) => one.id === id)) ?? [];
    },
  },
  answers: {
    file: answersFile,
    append: (journal, n) => appendAnswer(journal, { question: idOf(n), by: 'Zoë', said: { rating: n } }),
    read: async (journal) => {
      const kept = await KeptAnswers.of(journal);
      return QUESTIONS.flatMap(({ id }, n) => (kept.recall(id) === undefined ? [] : [n]));
    },
  },
};

/** A file of three lines, and where the second of them begins and the third. */
function threeLines(kind: Kind): {
  journal: string;
  file: string;
  whole: Buffer;
  starts: readonly [number, number];
} {
  const journal = path.join(temporaryFolder('torn'), 'O-0-2026-01-02-03-04-05.journal.jsonl');
  const file = kind.file(journal);
  kind.append(journal, 0);
  const second = fs.statSync(file).size;
  kind.append(journal, 1);
  const third = fs.statSync(file).size;
  kind.append(journal, 2);
  return { journal, file, whole: fs.readFileSync(file), starts: [second, third] };
}

it.each(Object.entries(KINDS))(
  '%s that end anywhere: whole lines count, and the next one is not swallowed',
  async (_, kind) => {
    const { journal, file, whole, starts } = threeLines(kind);
    for (let end = starts[1]; end < whole.length; end++) {
      fs.writeFileSync(file, whole.subarray(0, end));
      expect(await kind.read(journal)).toEqual([0, 1]);
      // Every line is synced, which takes its time.
      if (end % 8 !== 0 && end < whole.length - 2) continue;
      kind.append(journal, 3);
      // Only the line feed was lacking.
      expect(await kind.read(journal)).toEqual(end === whole.length - 1 ? [0, 1, 2, 3] : [0, 1, 3]);
    }
  },
);

it.each(Object.entries(KINDS))('%s with a damaged byte: the lines around it count', async (_, kind) => {
  const { journal, file, whole, starts } = threeLines(kind);
  const bad = [0x00, 0xff, 0x0a, 0x22, 0x7b];
  for (let at = starts[0]; at < starts[1] - 1; at++) {
    const damaged = Buffer.from(whole);
    damaged[at] = bad[at % bad.length] ?? 0;
    fs.writeFileSync(file, damaged);
    const read = await kind.read(journal);
    expect(read.filter((n) => n !== 1 && n >= 0)).toEqual(expect.arrayContaining([0, 2]));
  }
  // A line feed that is gone joins two lines, of which neither can be told.
  const joined = Buffer.from(whole);
  joined[starts[1] - 1] = 0x20;
  fs.writeFileSync(file, joined);
  expect(await kind.read(journal)).toEqual([0]);
});

it('what a run does just now, torn anywhere, is not known', async () => {
  const file = path.join(temporaryFolder('torn'), 'O.status.json');
  const server = {
    name: 'a',
    address: null,
    state: 'idle' as const,
    sentence: 'It waits.',
    since: '',
    work: null,
  };
  const whole = Buffer.from(statusText({ servers: [server], measured: [] }));
  for (let end = 0; end < whole.length; end++) {
    fs.writeFileSync(file, whole.subarray(0, end));
    expect(await readStatus(file)).toBeUndefined();
    const damaged = Buffer.from(whole);
    damaged[end] = 0xff;
    fs.writeFileSync(file, damaged);
    expect([undefined, 1]).toContain((await readStatus(file))?.servers.length);
  }
});

it('a lock, torn anywhere, is that of a process which begins, and a while later left over', () => {
  const lock = path.join(temporaryFolder('torn'), 'O.lock');
  const held = takeLock(lock, { work: 'search "O"' });
  const whole = fs.readFileSync(lock);
  held.release();
  const before = new Date(Date.now() - 60_000);
  for (let end = 0; end < whole.length - 2; end++) {
    fs.writeFileSync(lock, whole.subarray(0, end));
    expect(lockHolder(lock)).toBe('a process that has just begun');
    expect(() => takeLock(lock)).toThrow(LockHeld);
    fs.utimesSync(lock, before, before);
    expect(lockHolder(lock)).toBeUndefined();
    takeLock(lock).release();
  }
});
