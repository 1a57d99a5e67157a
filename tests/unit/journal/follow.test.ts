import { appendFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { JournalFollower } from '../../../src/journal/follow.ts';
import { parseJournal } from '../../../src/journal/read.ts';
import { LineFollower } from '../../../src/shared/files/follow-lines.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { recovered } from './records.ts';

const RELEASED = path.resolve(import.meta.dirname, '../../fixtures/journals/main-2026-11.journal.jsonl');
const text = readFileSync(RELEASED, 'utf8');
const { records: all } = parseJournal(text, 'the journal');

let file: string;
beforeEach(() => {
  file = path.join(temporaryFolder('follow'), 'O.journal.jsonl');
});

describe('a followed journal', () => {
  it('gives every record once, wherever the file was cut between two looks', async () => {
    const bytes = Buffer.from(text);
    const follower = new JournalFollower(file);
    const seen: unknown[] = [];
    writeFileSync(file, '');
    for (let at = 0; at < bytes.length; at += 997) {
      appendFileSync(file, bytes.subarray(at, at + 997));
      const { records, isAnew, problems } = await follower.read();
      expect({ isAnew, problems }).toEqual({ isAnew: false, problems: [] });
      seen.push(...records);
    }
    expect(seen).toEqual(all);
    expect(await follower.read()).toEqual({ isAnew: false, records: [], problems: [] });
  });

  it('waits for the end of a torn last line, also in the middle of a character', async () => {
    const line = '{"kind":"failed","trial":1,"failure":{"code":"x","message":"Größe"},"images":[]}';
    const bytes = Buffer.from(line);
    const middle = bytes.indexOf('ö') + 1;
    const lines = new LineFollower(file);
    writeFileSync(file, bytes.subarray(0, middle));
    expect((await lines.read()).lines).toEqual([]);
    appendFileSync(file, bytes.subarray(middle));
    expect((await lines.read()).lines).toEqual([]);
    appendFileSync(file, '\n');
    expect((await lines.read()).lines).toEqual([line]);
  });

  it('is not there yet, or gone for a moment: nothing comes, and then what was added', async () => {
    const follower = new JournalFollower(file);
    expect((await follower.read()).records).toEqual([]);
    writeFileSync(file, text);
    expect((await follower.read()).records).toEqual(all);
    rmSync(file);
    expect((await follower.read()).records).toEqual([]);
  });

  it('was replaced by another one: it is read from its beginning', async () => {
    const [plan = '', second = ''] = text.split('\n');
    writeFileSync(file, text);
    const follower = new JournalFollower(file);
    await follower.read();
    writeFileSync(`${file}.new`, `${plan}\n${second}\n`);
    renameSync(`${file}.new`, file);
    const { isAnew, records } = await follower.read();
    expect(isAnew).toBe(true);
    expect(records).toEqual(all.slice(0, 2));
  });

  it('was cut: it is read from its beginning', async () => {
    writeFileSync(file, text);
    const follower = new JournalFollower(file);
    await follower.read();
    truncateSync(file, text.indexOf('\n') + 1);
    const { isAnew, records } = await follower.read();
    expect({ isAnew, count: records.length }).toEqual({ isAnew: true, count: 1 });
  });

  it('was overwritten in place by a longer one: it is read from its beginning', async () => {
    const lines = new LineFollower(file);
    writeFileSync(file, 'one\ntwo\n');
    await lines.read();
    writeFileSync(file, 'uno\ndue\ntre\n');
    expect(await lines.read()).toEqual({ isAnew: true, lines: ['uno', 'due', 'tre'] });
  });

  it('tells of a line that it cannot read, and goes on', async () => {
    const [plan = ''] = text.split('\n');
    writeFileSync(file, `${plan}\n{"kind":"scored"\n{"kind":"from-tomorrow"}\n`);
    const { records, problems } = await new JournalFollower(file).read();
    expect(records).toHaveLength(1);
    expect(problems).toEqual([
      expect.stringMatching(/^Line 2 of the journal cannot be read/),
      expect.stringMatching(/^Line 3 of the journal cannot be read \(it was written by a newer autombw/),
    ]);
  });

  it('tells of what is no record in which line, again from 1 when the journal was replaced', async () => {
    const [plan = '', second = ''] = text.split('\n');
    const follower = new JournalFollower(file);
    writeFileSync(file, `${plan}\nnull\n7\n${second}\n`);
    const { records, problems } = await follower.read();
    expect(records).toEqual(all.slice(0, 2));
    expect(problems).toEqual([2, 3].map((line) => expect.stringContaining(`Line ${line} of`) as unknown));
    writeFileSync(`${file}.new`, `${plan}\n{"kind":"asked"}\n`);
    renameSync(`${file}.new`, file);
    expect((await follower.read()).problems).toEqual([
      expect.stringMatching(/^Line 2 of the journal cannot be read \(trial: Invalid input.*\)\.$/),
    ]);
  });

  it.each([
    ['in a later line', 1, { kind: 'resumed', version: 2, limits: {}, time: { at: '' } }],
    ['in its first line', 0, { kind: 'plan', version: 2 }],
  ])('is a newer one’s from where it says so: %s', async (_, at, newer) => {
    const lines = text.split('\n').slice(0, 2);
    writeFileSync(file, `${lines.toSpliced(at, 1 - at, JSON.stringify(newer)).join('\n')}\n`);
    const follower = new JournalFollower(file);
    const { records, problems } = await follower.read();
    expect(records).toEqual(all.slice(0, at));
    expect(problems).toHaveLength(2);
    for (const problem of problems) expect(problem).toMatch(/newer autombw: format version 2/);
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
    expect((await follower.read()).records).toEqual(all);
  });

  it.each([['plan', 0] as const, ['recovered', 1] as const])(
    'ends where another run starts inside it (%s), until it is replaced',
    async (_, which) => {
      const [plan = '', second = ''] = text.split('\n');
      const other = [plan, JSON.stringify(recovered('a.log'))][which];
      writeFileSync(file, `${plan}\n${other}\n${second}\n`);
      const follower = new JournalFollower(file);
      const { records, problems } = await follower.read();
      expect(records).toEqual(all.slice(0, 1));
      expect(problems).toEqual(['Line 2 of the journal cannot be read (another run starts inside it).']);
      appendFileSync(file, `${second}\n`);
      expect(await follower.read()).toEqual({ isAnew: false, records: [], problems: [] });
      writeFileSync(`${file}.new`, `${other}\n`);
      renameSync(`${file}.new`, file);
      const replaced = await follower.read();
      expect([replaced.isAnew, replaced.records.length]).toEqual([true, 1]);
    },
  );

  it('may have a thousand broken lines, and another thousand when it was replaced', async () => {
    const [plan = '', second = ''] = text.split('\n');
    const broken = `${plan}\n${'broken\n'.repeat(1000)}`;
    writeFileSync(file, `${broken}${second}\n`);
    const follower = new JournalFollower(file);
    const { records, problems } = await follower.read();
    expect([records.length, problems.length]).toEqual([2, 1000]);
    writeFileSync(`${file}.new`, broken);
    renameSync(`${file}.new`, file);
    expect((await follower.read()).problems).toHaveLength(1000);
    appendFileSync(file, 'broken\n');
    await expect(follower.read()).rejects.toThrow(/more than 1000 of its lines/);
  });

  it.each([
    ['gives way to others after every line that takes long', 20, true],
    ['is read without a pause while lines take no time', 0, false],
  ])('%s', async (_, perLook, isExpected) => {
    writeFileSync(file, text);
    let now = 1000;
    let isOver = false;
    const hadTurn: boolean[] = [];
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      if (now === 1000) setImmediate(() => (isOver = true));
      hadTurn.push(isOver);
      return (now += perLook || 1e-6);
    });
    const { records } = await new JournalFollower(file).read();
    clock.mockRestore();
    expect(records).toEqual(all);
    expect(hadTurn.includes(true)).toBe(isExpected);
  });

  it('gives lines longer than one read of the disk', async () => {
    const long = 'x'.repeat(9_000_000);
    writeFileSync(file, `a\n${long}\nb\n`);
    expect((await new LineFollower(file).read()).lines).toEqual(['a', long, 'b']);
  });

  it('begins near the end where only that is wanted, with a whole line', async () => {
    writeFileSync(file, Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join(''));
    const { lines } = await new LineFollower(file, { tail: 30 }).read();
    expect(lines).toEqual(['line 97', 'line 98', 'line 99']);
  });
});
