import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendRequest, controlFile, ControlReader } from '../../../src/journal/control.ts';
import { findJournal } from '../../../src/journal/find.ts';
import { KNOWS_OPEN_FILES, timesOpen } from '../../helpers/open-files.ts';

let folder = '';
let journal = '';
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'autombw-control-'));
  journal = path.join(folder, 'mix-1-2026-01-02-03-04-05.journal.jsonl');
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('requests to a run', () => {
  it('lie beside its journal, and are read once each in the order in which they came', () => {
    const reader = new ControlReader(journal);
    expect(reader.look()).toEqual({ requests: [], unreadable: [] });
    const pause = appendRequest(journal, { request: 'pause', by: 'the page' });
    const next = appendRequest(journal, { request: 'next', weights: { IN00: 0.5 } });
    expect(controlFile(journal)).toBe(path.join(folder, 'mix-1-2026-01-02-03-04-05.control.jsonl'));
    expect(reader.look()).toEqual({ requests: [pause, next], unreadable: [] });
    expect(reader.look().requests).toEqual([]);
    const reject = appendRequest(journal, { request: 'reject', trial: 3 });
    expect(reader.look().requests).toEqual([reject]);
    expect(new Set([pause.id, next.id, reject.id]).size).toBe(3);
  });

  it('are waited for while the last line is torn, also within a character', () => {
    const reader = new ControlReader(journal);
    const whole = Buffer.from('{"request":"pause","id":"a","time":"2026-01-02T03:04:05Z","by":"Zoë"}\n');
    for (let end = 1; end < whole.length; end++) {
      fs.writeFileSync(controlFile(journal), whole.subarray(0, end));
      expect(reader.look()).toEqual({ requests: [], unreadable: [] });
    }
    fs.writeFileSync(controlFile(journal), whole);
    expect(reader.look().requests).toMatchObject([{ id: 'a', by: 'Zoë' }]);
  });

  it('do not swallow each other where a crash has left half a line', () => {
    const reader = new ControlReader(journal);
    fs.writeFileSync(controlFile(journal), '{"request":"pa');
    const stop = appendRequest(journal, { request: 'stop' });
    expect(reader.look()).toEqual({ requests: [stop], unreadable: ['{"request":"pa'] });
  });

  it('are read again from the beginning of a file that was cut', () => {
    const reader = new ControlReader(journal);
    appendRequest(journal, { request: 'pause', by: 'somebody with a long name' });
    reader.look();
    fs.writeFileSync(controlFile(journal), '');
    const stop = appendRequest(journal, { request: 'stop' });
    expect(reader.look().requests).toEqual([stop]);
  });

  it('that are of no known kind are counted and passed over', () => {
    const reader = new ControlReader(journal);
    fs.writeFileSync(controlFile(journal), 'null\n{"request":"dance","id":"a","time":""}\n\n[]\n');
    expect(reader.look()).toEqual({
      requests: [],
      unreadable: ['null', '{"request":"dance","id":"a","time":""}', '[]'],
    });
  });

  it.each([
    ['no number', { id: '' }],
    ['a long number', { id: 'x'.repeat(101) }],
    ['a long sender', { by: 'x'.repeat(101) }],
    ['no time', { time: undefined }],
    ['trial 0', { request: 'reject', trial: 0 }],
    ['half a trial', { request: 'reject', trial: 1.5 }],
    ['weights that are none', { request: 'next', weights: { IN00: '0.5' } }],
    ['no weights', { request: 'next' }],
  ])('are none with %s', (_, change) => {
    const reader = new ControlReader(journal);
    const line = { request: 'pause', id: 'a', time: '2026-01-02T03:04:05Z', ...change };
    fs.writeFileSync(controlFile(journal), `${JSON.stringify(line)}\n`);
    expect(reader.look()).toEqual({ requests: [], unreadable: [JSON.stringify(line).slice(0, 60)] });
  });

  it('that were made while nothing ran are read at once, however many they are', () => {
    const line = (n: number): string =>
      JSON.stringify({ request: 'reject', trial: n, id: String(n), time: '', by: 'x'.repeat(90) });
    const lines = Array.from({ length: 9000 }, (_, n) => line(n + 1));
    fs.writeFileSync(controlFile(journal), `${lines.join('\n')}\n`);
    const reader = new ControlReader(journal);
    expect(reader.lookAtAll().requests).toHaveLength(9000);
    const stop = appendRequest(journal, { request: 'stop' });
    expect(reader.look().requests).toEqual([stop]);
  });

  it('that lie behind a line longer than any are found', () => {
    fs.writeFileSync(controlFile(journal), 'x'.repeat(2_500_000));
    const stop = appendRequest(journal, { request: 'stop' });
    expect(new ControlReader(journal).lookAtAll()).toEqual({
      requests: [stop],
      unreadable: ['x'.repeat(60)],
    });
  });

  it('are looked for on and on where there are none', () => {
    const reader = new ControlReader(journal);
    expect(reader.lookAtAll()).toEqual({ requests: [], unreadable: [] });
    fs.writeFileSync(controlFile(journal), ' \r\nno request\n');
    expect(reader.lookAtAll()).toEqual({ requests: [], unreadable: ['no request'] });
    expect(reader.lookAtAll()).toEqual({ requests: [], unreadable: [] });
  });

  it.each([
    ['a/O.journal.jsonl', 'a/O.control.jsonl'],
    ['a/mine.jsonl', 'a/mine.control.jsonl'],
    ['a.jsonl/mine.jsonl', 'a.jsonl/mine.control.jsonl'],
    ['a.jsonl/mine', 'a.jsonl/mine.control.jsonl'],
  ])('to the run %s are in %s', (of, file) => {
    expect(controlFile(of)).toBe(file);
    expect(new ControlReader(of).file).toBe(file);
  });

  it.runIf(KNOWS_OPEN_FILES)('are read without leaving the file open', () => {
    appendRequest(journal, { request: 'stop' });
    new ControlReader(journal).lookAtAll();
    expect(timesOpen(controlFile(journal))).toBe(0);
  });

  it('say when they were made', () => {
    const then = new Date('2026-01-02T03:04:05.678Z');
    expect(appendRequest(journal, { request: 'stop' }, then).time).toBe('2026-01-02T03:04:05.678Z');
  });

  it('name the run whose they are', () => {
    fs.writeFileSync(journal, '');
    appendRequest(journal, { request: 'stop' });
    expect(findJournal(controlFile(journal), '.')).toBe(journal);
  });

  it('cannot be made where nothing can be written', () => {
    const cause = expect.objectContaining({ code: 'ENOENT' }) as unknown;
    let thrown: unknown;
    try {
      appendRequest(path.join(folder, 'none', 'x.journal.jsonl'), { request: 'stop' });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'control-write', cause });
  });
});
