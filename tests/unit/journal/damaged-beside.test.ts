/** The same of lines that are no records of a run: those beside its journal, and those of a chain. */
import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readChainJournal } from '../../../src/journal/chain-record.ts';
import { parseAnswerLine, parseQuestionLine } from '../../../src/journal/rating-files.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { damaged, pathsOf } from './damage.ts';

const at = { at: '2026-01-01T00:00:00.000Z' };

describe('a damaged line beside the journal', () => {
  const id = 'a'.repeat(24);
  const pixels = 'b'.repeat(64);
  const question = {
    line: 'question',
    id,
    about: { trial: 1, request: 'p/0', index: 0, pixels },
    against: { trial: 1, pixels },
    isNewFirst: true,
    payload: 'p',
    seed: 1,
    prompt: 'a cat',
    batch: { nth: 1, of: 1 },
  };
  const LINES = [
    question,
    { line: 'begin', time: at.at, ask: 'pairs', people: 1 },
    { line: 'behind', pictures: 0 },
    { line: 'counted', ids: [id] },
  ];

  it.each(LINES.map((line) => [line.line, line] as const))('of questions is no line: "%s"', (_, line) => {
    expect(parseQuestionLine(JSON.stringify(line))).toEqual(line);
    for (const path of pathsOf(line))
      expect({ path, line: parseQuestionLine(JSON.stringify(damaged(line, path))) }).toEqual({ path });
  });

  it.each([
    { ...question, id: `${id}0` },
    { ...question, id: `x${id}` },
    { ...question, about: { ...question.about, pixels: `${pixels}0` } },
    { ...question, about: { ...question.about, pixels: `../${pixels}` } },
    { ...question, about: { ...question.about, trial: 0 } },
    { ...question, about: { ...question.about, index: -1 } },
    { ...question, against: { trial: 0, pixels } },
    { ...question, batch: { nth: 0, of: 1 } },
    { ...question, batch: { nth: 1, of: 0 } },
    { line: 'begin', time: at.at, ask: 'pairs', people: 0 },
    { line: 'behind', pictures: -1 },
  ])('nor is one out of its range: %j', (line) => {
    expect(parseQuestionLine(JSON.stringify(line))).toBeUndefined();
  });

  it('of answers is no line', () => {
    const answer = { id: 'x'.repeat(100), time: at.at, question: id, by: 'Ann', said: { rating: 5 } };
    expect(parseAnswerLine(JSON.stringify({ ...answer, id: 'x'.repeat(101) }))).toBeUndefined();
    expect(parseAnswerLine(JSON.stringify({ ...answer, by: 'x'.repeat(41) }))).toBeUndefined();
    for (const said of [
      { rating: 0 },
      { rating: 10 },
      { first: -2 },
      { first: 2 },
      { skip: true },
      { undo: true },
    ])
      expect(parseAnswerLine(JSON.stringify({ ...answer, said }))).toEqual({ ...answer, said });
    for (const path of pathsOf(answer))
      expect({ path, line: parseAnswerLine(JSON.stringify(damaged(answer, path))) }).toEqual({ path });
    for (const said of [
      ...[-0.1, 10.1].map((rating) => ({ rating })),
      ...[-3, 3, 0.5].map((first) => ({ first })),
      { skip: false },
      { undo: false },
      { skip: true, undo: true },
    ])
      expect(parseAnswerLine(JSON.stringify({ ...answer, said }))).toBeUndefined();
  });
});

it('a damaged value in a journal of a chain is told with its line', async () => {
  const file = path.join(temporaryFolder('chain'), 'C.chain.jsonl');
  const chain = { kind: 'chain', version: 1, config: { steps: [] }, time: at };
  const begun = { kind: 'begun', step: 'a', journal: 'csv/history/a - b/O.journal.jsonl', time: at };
  const ended = { kind: 'ended', step: 'a', state: 'done', message: '', time: at };
  const records = [chain, begun, { ...ended, weights: { IN00: 0.5 }, checkpoint: 'O' }];
  const read = async (lines: readonly unknown[]): Promise<unknown> => {
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return readChainJournal(file);
  };
  const nothing = { ...ended, state: 'failed', weights: null, checkpoint: null };
  expect(await read([...records, nothing])).toEqual([...records, nothing]);
  const damage = pathsOf(records).filter(([, key]) => key !== undefined && key !== 'config');
  for (const place of [...damage, [0, 'config'], [0, 'version']]) {
    await expect(read(damaged(records, place) as unknown[])).rejects.toMatchObject({
      code: 'chain-damaged',
      message: expect.stringMatching(
        `is damaged in line ${Number(place[0]) + 1}: delete that line`,
      ) as unknown,
      cause: expect.any(Error) as unknown,
    });
  }
  await expect(read([chain, { ...begun, journal: '../O.journal.jsonl' }])).rejects.toThrow(/in line 2/);
  await expect(read([begun])).rejects.toThrow(/does not begin with its configuration/);
  await expect(read([])).rejects.toThrow(/does not begin with its configuration/);
  appendFileSync(file, '{"kind":"cha');
  await expect(readChainJournal(file)).rejects.toThrow(/does not begin with its configuration/);
  truncateSync(file, 500e6 + 1);
  const unreadable = { code: 'chain-damaged', cause: expect.any(Error) as unknown };
  await expect(readChainJournal(file)).rejects.toMatchObject(unreadable);
  await expect(readChainJournal(`${file}.none`)).rejects.toMatchObject(unreadable);
});
