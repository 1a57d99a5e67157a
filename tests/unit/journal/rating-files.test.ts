import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AnswerBook } from '../../../src/journal/answer-book.ts';
import { findJournal } from '../../../src/journal/find.ts';
import {
  answersFile,
  appendAnswer,
  appendQuestions,
  parseAnswerLine,
  parseQuestionLine,
  personName,
  questionId,
  questionPictures,
  questionsFile,
} from '../../../src/journal/rating-files.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const pixels = 'ab'.repeat(32);
const about = { trial: 3, request: 'coast/0', index: 1, pixels };

describe('the files of questions and answers', () => {
  it('lie beside the journal, and end what a crash has cut off', () => {
    const journal = path.join(temporaryFolder('ratings'), 'O-0-2026-01-02-03-04-05.journal.jsonl');
    expect(path.basename(questionPictures(journal))).toBe('O-0-2026-01-02-03-04-05.questions');
    expect(path.basename(questionsFile(journal))).toBe('O-0-2026-01-02-03-04-05.questions.jsonl');
    appendQuestions(journal, [{ line: 'begin', time: '', ask: 'pairs', people: 2 }]);
    appendFileSync(questionsFile(journal), '{"line":"quest');
    appendQuestions(journal, [{ line: 'behind', pictures: 2 }]);
    const lines = readFileSync(questionsFile(journal), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => parseQuestionLine(line)?.line)).toEqual(['begin', undefined, 'behind']);
    appendAnswer(journal, { question: questionId(about, null), by: 'Ann', said: { rating: 6.5 } });
    appendFileSync(journal, '');
    for (const file of [questionsFile(journal), answersFile(journal)])
      expect(findJournal(file, '.')).toBe(journal);
    expect(parseAnswerLine(readFileSync(answersFile(journal), 'utf8'))).toMatchObject({
      by: 'Ann',
      said: { rating: 6.5 },
    });
  });

  it('cannot be written where there is no folder', () => {
    expect(() => appendQuestions('/nowhere/at/all.journal.jsonl', [{ line: 'behind', pictures: 1 }])).toThrow(
      expect.objectContaining({
        code: 'rating-write',
        endsRun: true,
        cause: expect.objectContaining({ code: 'ENOENT' }) as unknown,
      }),
    );
  });

  it('name a question by its pictures alone', () => {
    const against = { trial: 1, pixels: 'cd'.repeat(32) };
    expect(questionId(about, against)).toBe(questionId({ ...about }, { ...against }));
    const others = [questionId(about, null), questionId({ ...about, trial: 4 }, against)];
    expect(others).not.toContain(questionId(about, against));
    const changed = [
      { ...about, request: 'coast/1' },
      { ...about, index: 2 },
      { ...about, pixels: 'ef'.repeat(32) },
      { ...about, trial: null },
    ].map((other) => questionId(other, against));
    changed.push(
      questionId(about, { ...against, trial: 2 }),
      questionId(about, { ...against, pixels: 'ef'.repeat(32) }),
    );
    expect(new Set([...changed, ...others, questionId(about, against)]).size).toBe(9);
    for (const id of others) expect(id).toMatch(/^[0-9a-f]{24}$/);
  });

  it.each([
    ['', null],
    ['what the trial is', 3],
  ])('a question need not be of a trial: %s', (_, trial) => {
    const id = questionId({ ...about, trial }, null);
    const asked = { payload: 'p', seed: 1, prompt: '', batch: null, isNewFirst: true, against: null };
    const line = { line: 'question', id, about: { ...about, trial }, ...asked };
    expect(parseQuestionLine(JSON.stringify(line))).toEqual(line);
  });

  it.each([
    '',
    'null',
    '[]',
    '{"line":"dance"}',
    `{"line":"counted","ids":["../../etc"]}`,
    `{"line":"question","id":"${'a'.repeat(24)}","about":{"trial":1,"request":"r","index":0,"pixels":"../../etc/passwd"},"against":null,"isNewFirst":true,"payload":"p","seed":1,"prompt":"","batch":null}`,
  ])('%s is no line of questions', (text) => {
    expect(parseQuestionLine(text)).toBeUndefined();
  });
});

describe('a name', () => {
  it.each(['Ann', 'Zoë Müller', '李雷', "O'Neil <b>", '', 'x'.repeat(40), '__proto__', '👩‍🎨'])(
    'may be %j',
    (name) => {
      expect(personName.parse(name)).toBe(name);
    },
  );

  it.each(['x'.repeat(41), 'a\u0000b', 'a\nb', '\u001B[2J', 'a\u202Eb', 'a\u2028b', '\uD800', '\u009Bx'])(
    'is not %j',
    (name) => {
      expect(personName.safeParse(name).success).toBe(false);
    },
  );
});

describe('the last word of each person', () => {
  const line = (question: string, by: string, said: Parameters<AnswerBook['note']>[0]['said']) => ({
    id: '',
    time: '',
    question,
    by,
    said,
  });

  it('counts, and what was taken back does not', () => {
    const book = new AnswerBook();
    book.note(line('q1', 'Ann', { rating: 3 }));
    book.note(line('q2', 'Ann', { rating: 4 }));
    book.note(line('q1', '__proto__', { rating: 9 }));
    book.note(line('q1', 'Ann', { rating: 5 }));
    expect([...book.of('q1')]).toEqual([
      ['__proto__', { rating: 9 }],
      ['Ann', { rating: 5 }],
    ]);
    expect(book.answeredBy('Ann')).toEqual(['q2', 'q1']);
    book.note(line('q1', 'Ann', { undo: true }));
    book.note(line('q3', 'Ann', { undo: true }));
    expect(book.answeredBy('Ann')).toEqual(['q2']);
    expect([...book.of('q1').keys()]).toEqual(['__proto__']);
    book.clear();
    expect(book.of('q1').size + book.answeredBy('Ann').length).toBe(0);
  });
});
