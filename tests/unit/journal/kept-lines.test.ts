/** What becomes of a journal whose file is taken away, put back, cut, or written by somebody else. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createJournal, reopenJournal, writeJournal } from '../../../src/journal/append.ts';
import { readJournal } from '../../../src/journal/read.ts';
import type { JournalRecord } from '../../../src/journal/record.ts';
import { asked, recovered } from './records.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const first = recovered('ä.log');

let folder = '';
let file = '';
beforeEach(() => {
  folder = temporaryFolder('kept');
  file = path.join(folder, 'deep', 'run.journal.jsonl');
});

async function recordsIn(journal: string): Promise<readonly JournalRecord[]> {
  return (await readJournal(journal)).records;
}

// Windows gives the name of a removed file away only when nobody has it open.
describe.skipIf(process.platform === 'win32')('a journal that', () => {
  it('is removed with its folder is written again, with its lock, also after a resume', async () => {
    writeJournal(file, [first, asked(1)]);
    const journal = reopenJournal(file);
    expect(journal.append(asked(2))).toBeUndefined();
    fs.rmSync(path.dirname(file), { recursive: true });
    expect(journal.append(asked(3))).toMatch(/was removed or moved while the run was writing it/);
    expect(journal.append(asked(4))).toBeUndefined();
    expect(fs.existsSync(`${file}.lock`)).toBe(true);
    fs.rmSync(path.dirname(file), { recursive: true });
    expect(journal.check()).toMatch(/written again/);
    expect(await recordsIn(file)).toEqual([first, asked(1), asked(2), asked(3), asked(4)]);
    expect(journal.close()).toBeUndefined();
    expect(fs.readdirSync(path.dirname(file))).toEqual(['run.journal.jsonl']);
  });

  it('was put back from a copy goes on in the copy, also in an older one', async () => {
    const journal = createJournal(file);
    journal.append(first);
    fs.copyFileSync(file, `${file}.copy`);
    journal.append(asked(1));
    fs.renameSync(`${file}.copy`, file);
    expect(journal.append(asked(2))).toMatch(/was replaced by a copy/);
    expect(await recordsIn(file)).toEqual([first, asked(1), asked(2)]);
    journal.close();
  });

  it('is cut, to nothing or within a line, is written again', async () => {
    const journal = createJournal(file);
    journal.append(first);
    for (const [i, length] of [0, 7].entries()) {
      fs.truncateSync(file, length);
      expect(journal.append(asked(i + 1))).toMatch(/was cut short/);
    }
    expect(await recordsIn(file)).toEqual([first, asked(1), asked(2)]);
    journal.close();
  });

  it('is long is kept whole, whatever is done to it, with lines longer than what is packed as one', () => {
    const records: JournalRecord[] = [first];
    const more = (): JournalRecord => {
      const record = recovered(`${'x'.repeat(records.length === 9 ? 200_000 : 7000)}${records.length}.log`);
      records.push(record);
      return record;
    };
    writeJournal(file, [first]);
    for (let session = 0; session < 2; session++) {
      const journal = reopenJournal(file);
      for (let i = 0; i < 25; i++) expect(journal.append(more())).toBeUndefined();
      fs.copyFileSync(file, `${file}.copy`);
      expect(journal.append(more())).toBeUndefined();
      fs.renameSync(`${file}.copy`, file);
      expect(journal.append(more())).toMatch(/was replaced by a copy/);
      fs.truncateSync(file, 100_000);
      expect(journal.append(more())).toMatch(/was cut short/);
      fs.rmSync(file);
      expect(journal.append(more())).toMatch(/was removed or moved/);
      journal.close();
      const lines = records.map((record) => `${JSON.stringify(record)}\n`);
      expect(fs.readFileSync(file, 'utf8') === lines.join('')).toBe(true);
    }
    const journal = reopenJournal(file);
    const own = fs.readFileSync(file);
    const other = Buffer.from(own);
    other[150_000] = 0x79;
    fs.writeFileSync(`${file}.new`, other);
    fs.renameSync(`${file}.new`, file);
    expect(() => journal.check()).toThrow(/so the run stops; its own lines are in/);
    expect(fs.readFileSync(file.replace('.journal', '-kept.journal')).equals(own)).toBe(true);
    journal.close();
  });

  it.each([
    [
      'another file',
      () => fs.writeFileSync(`${file}.new`, 'mine\n'),
      () => fs.renameSync(`${file}.new`, file),
    ],
    ['lines of another program', () => undefined, () => fs.appendFileSync(file, '{"kind":"asked"}\n')],
  ])('has %s in its place stops, once, and keeps its own lines', async (_, prepare, take) => {
    const journal = createJournal(file);
    journal.append(first);
    journal.append(asked(1));
    prepare();
    take();
    const theirs = fs.readFileSync(file);
    for (let i = 0; i < 3; i++)
      expect(() => journal.append(asked(2))).toThrow(/so the run stops; its own lines are in/);
    expect(fs.readFileSync(file)).toEqual(theirs);
    const kept = file.replace('.journal', '-kept.journal');
    expect(await recordsIn(kept)).toEqual([first, asked(1)]);
    journal.close();
    expect(fs.readdirSync(path.dirname(file)).toSorted()).toEqual([
      'run-kept.journal.jsonl',
      'run.journal.jsonl',
    ]);
  });

  it('was removed and is written by another process by now is left to that one', () => {
    const journal = createJournal(file);
    journal.append(first);
    fs.rmSync(path.dirname(file), { recursive: true });
    fs.mkdirSync(path.dirname(file));
    fs.writeFileSync(`${file}.lock`, JSON.stringify({ pid: 7, host: 'the-nas', started: null, world: null }));
    journal.append(asked(1));
    journal.close();
    expect(fs.existsSync(`${file}.lock`)).toBe(true);
  });

  it('cannot be completed leaves nothing behind', () => {
    fs.writeFileSync(path.join(folder, 'blocked'), '');
    expect(() => writeJournal(path.join(folder, 'blocked', 'x.journal.jsonl'), [first])).toThrow(
      /cannot be written/,
    );
    fs.mkdirSync(`${file}.lock`, { recursive: true });
    expect(() => createJournal(file)).toThrow(/cannot be locked \(.*not a regular file/);
    expect(fs.existsSync(file)).toBe(false);
  });
});
