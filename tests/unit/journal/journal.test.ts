import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createJournal, reopenJournal, withdrawJournal, writeJournal } from '../../../src/journal/append.ts';
import { parseJournal, pauseOf, readJournal, trialsOf } from '../../../src/journal/read.ts';
import type { JournalRecord } from '../../../src/journal/record.ts';
import { AutombwError } from '../../../src/shared/errors.ts';
import { installDiskFaults } from '../../helpers/disk-faults.mjs';
import { asked, recovered, scored, TIME } from './records.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { endedPid } from '../../helpers/ended-process.ts';

const first = recovered('a.log');

let file = '';
beforeEach(() => {
  file = path.join(temporaryFolder('journal'), 'deep', 'run.journal.jsonl');
});

describe('journal', () => {
  it('is on the disk before append returns', async () => {
    const journal = createJournal(file);
    journal.append(first);
    expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(first)}\n`);
    journal.append(asked(1));
    expect((await readJournal(file)).records).toEqual([first, asked(1)]);
    journal.close();
  });

  it.each(['EROFS', 'EIO', 'EDQUOT', 'ENOSPC'] as const)(
    'that the disk refuses from any call on (%s) is a mistake in words, also where nothing can be removed',
    (code) => {
      const attempt = (at: number): { readonly made: unknown; readonly calls: number } => {
        const own = path.join(temporaryFolder('journal'), 'run.journal.jsonl');
        const faults = installDiskFaults({ under: path.dirname(own), code, at, times: null });
        try {
          return { made: createJournal(own), calls: faults.calls() };
        } catch (error) {
          return { made: error, calls: faults.calls() };
        } finally {
          faults.uninstall();
        }
      };
      const { calls } = attempt(1e9);
      expect(calls).toBeGreaterThan(1);
      for (let at = 1; at <= calls; at++) expect(attempt(at).made).toBeInstanceOf(AutombwError);
    },
  );

  it('that cannot be had says why, with the failure that it came of', () => {
    createJournal(file).close();
    const causeOf = (attempt: () => unknown): unknown => {
      try {
        return attempt();
      } catch (error) {
        return error instanceof Error ? error.cause : undefined;
      }
    };
    const eexist = expect.objectContaining({ code: 'EEXIST' }) as unknown;
    expect(causeOf(() => createJournal(file))).toEqual(eexist);
    writeFileSync(`${file}.lock`, '1');
    expect(causeOf(() => reopenJournal(file))).toBeInstanceOf(Error);
    const inside = path.join(file, 'deep', 'run.journal.jsonl');
    expect(causeOf(() => createJournal(inside))).toBeInstanceOf(Error);
    expect(causeOf(() => reopenJournal(inside))).toBeInstanceOf(Error);
    expect(() => reopenJournal(inside)).toThrow(expect.objectContaining({ code: 'journal-not-writable' }));
  });

  it('is never shared: neither created twice nor opened by two', () => {
    const journal = createJournal(file);
    journal.append(first);
    expect(() => createJournal(file)).toThrow(/exists already/);
    // The lock of a living process other than this one; 1 always lives.
    writeFileSync(`${file}.lock`, '1');
    expect(() => reopenJournal(file)).toThrow(/being written by process 1/);
    journal.close();
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  it('takes over the lock of a process that is gone', () => {
    createJournal(file).close();
    writeFileSync(`${file}.lock`, String(endedPid()));
    reopenJournal(file).close();
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  it('leaves out a torn last line, and cuts it off when it goes on', async () => {
    const journal = createJournal(file);
    journal.append(first);
    journal.append(asked(1));
    journal.close();
    appendFileSync(file, '{"kind":"scored","tri');
    expect(await readJournal(file)).toEqual({ records: [first, asked(1)], torn: true });
    const again = reopenJournal(file);
    again.append(scored(1, 0.5));
    again.close();
    expect(await readJournal(file)).toEqual({ records: [first, asked(1), scored(1, 0.5)], torn: false });
  });

  it.each([
    ['{"kind":"asked"}', /damaged in line 2/],
    ['garbage', /damaged in line 2/],
    ['', /damaged in line 2/],
    ['{"kind":7}', /damaged in line 2/],
    ...['null', '7', '"text"', '[]'].map((line): [string, RegExp] => [
      line,
      /damaged in line 2 \(Invalid input/,
    ]),
  ])('names the line of damage inside: %s', (line, message) => {
    expect(() =>
      parseJournal(`${JSON.stringify(first)}\n${line}\n${JSON.stringify(asked(1))}\n`, 'x'),
    ).toThrow(message);
  });

  it('refuses a newer format, an empty file and one that begins in the middle', () => {
    expect(() => parseJournal(`${JSON.stringify({ ...first, version: 2 })}\n`, 'x')).toThrow(
      /format version 2/,
    );
    expect(() => parseJournal('', 'x')).toThrow(/not contain a complete line/);
    expect(() => parseJournal(`${JSON.stringify(asked(1))}\n`, 'x')).toThrow(/does not begin with a plan/);
  });

  it('that nothing came of is as if it had never been, and one with a line stays', () => {
    const journal = createJournal(file);
    withdrawJournal(journal);
    expect([existsSync(file), existsSync(`${file}.lock`)]).toEqual([false, false]);
    const kept = createJournal(file);
    kept.append(first);
    withdrawJournal(kept);
    expect([existsSync(file), existsSync(`${file}.lock`)]).toEqual([true, false]);
  });

  it('that is written at once is there as a whole, or not at all', async () => {
    writeJournal(file, [first, asked(1)]);
    expect((await readJournal(file)).records).toEqual([first, asked(1)]);
    const other = path.join(path.dirname(file), 'other.journal.jsonl');
    const endless: JournalRecord[] = [first, asked(1)];
    const failing = {
      *[Symbol.iterator]() {
        yield* endless;
        throw new Error('planted');
      },
    };
    expect(() => writeJournal(other, failing)).toThrow('planted');
    expect([existsSync(other), existsSync(`${other}.lock`)]).toEqual([false, false]);
  });

  it('is closed once, however often that is asked for', () => {
    const journal = createJournal(file);
    expect(journal.close()).toBeUndefined();
    writeFileSync(`${file}.lock`, '1');
    expect(journal.close()).toBeUndefined();
    expect(existsSync(`${file}.lock`)).toBe(true);
  });

  it('cannot be gone on with where it is not there', () => {
    expect(() => reopenJournal(file)).toThrow(expect.objectContaining({ code: 'journal-not-writable' }));
    createJournal(file).close();
    const gone = path.join(path.dirname(file), 'gone.journal.jsonl');
    const cause = expect.objectContaining({ code: 'ENOENT' }) as unknown;
    expect(() => reopenJournal(gone)).toThrow(
      expect.objectContaining({ code: 'journal-not-writable', cause }),
    );
    expect(existsSync(`${gone}.lock`)).toBe(false);
  });

  it('of which nothing is whole is cut to nothing, and one with a long last line keeps all before it', () => {
    const journal = createJournal(file);
    journal.append(first);
    journal.close();
    const whole = readFileSync(file, 'utf8');
    // Longer than what is read at once from the end.
    appendFileSync(file, 'x'.repeat(200_000));
    reopenJournal(file).close();
    expect(readFileSync(file, 'utf8')).toBe(whole);
    writeFileSync(file, 'x'.repeat(70_000));
    reopenJournal(file).close();
    expect(readFileSync(file, 'utf8')).toBe('');
    writeFileSync(file, '\n');
    reopenJournal(file).close();
    expect(readFileSync(file, 'utf8')).toBe('\n');
  });

  it('cannot be read where it is none: not there, a folder, another encoding', async () => {
    const unreadable = expect.objectContaining({
      code: 'journal-unreadable',
      cause: expect.any(Error) as unknown,
    }) as unknown;
    await expect(readJournal(file)).rejects.toThrow(unreadable);
    await expect(readJournal(path.dirname(path.dirname(file)))).rejects.toThrow(unreadable);
    createJournal(file).close();
    writeFileSync(file, Buffer.from('\uFEFF{}\n', 'utf16le'));
    await expect(readJournal(file)).rejects.toThrow(/journals are written in UTF-8; save it as UTF-8/);
    writeFileSync(file, `${JSON.stringify(first)}\n`);
    // With a hole: nothing of it is on the disk, and nothing is read.
    truncateSync(file, 500e6 + 1);
    await expect(readJournal(file)).rejects.toThrow(/cannot be read/);
  });

  it('is not torn where its last line is whole', () => {
    const line = `${JSON.stringify(first)}\n`;
    expect(parseJournal(line, 'x').torn).toBe(false);
    expect(parseJournal(`${line}{`, 'x').torn).toBe(true);
  });

  it('tells the pause that a run is in', () => {
    const request = { id: 'x', by: 'somebody', time: TIME };
    const paused: JournalRecord = { kind: 'paused', ...request };
    const continued: JournalRecord = { kind: 'continued', ...request };
    const resumed: JournalRecord = { kind: 'resumed', limits: {}, time: TIME };
    expect(pauseOf([first])).toBeUndefined();
    expect(pauseOf([first, paused, asked(1)])).toBe(paused);
    expect(pauseOf([first, paused, continued])).toBeUndefined();
    expect(pauseOf([first, paused, resumed, asked(1)])).toBeUndefined();
    expect(pauseOf([first, paused, continued, paused])).toBe(paused);
  });

  it('says when the folder cannot be written to', () => {
    writeFileSync(path.join(path.dirname(path.dirname(file)), 'blocked'), '');
    const inside = path.join(path.dirname(path.dirname(file)), 'blocked', 'run.jsonl');
    expect(() => createJournal(inside)).toThrow(/cannot be written to/);
  });
});

describe('trials of a journal', () => {
  it('keeps the order of finishing and finds what was never finished', () => {
    const records = [first, asked(1), asked(2), scored(2, 0.2), asked(3), scored(1, 0.1)];
    const { finished, open } = trialsOf(records);
    expect(finished.map(({ id }) => id)).toEqual([2, 1]);
    expect(open.map(({ id }) => id)).toEqual([3]);
  });
});

describe('a journal of version 0.1.0', () => {
  it('must load in every later version', async () => {
    const released = path.resolve(import.meta.dirname, '../../fixtures/journals/v0.1.0.journal.jsonl');
    const { records, torn } = await readJournal(released);
    const { finished, open } = trialsOf(records);
    expect([torn, finished.length, open.length]).toEqual([false, 4, 0]);
    expect(finished[0]).toMatchObject({ id: 1, origin: 'queued', state: 'scored' });
    expect(finished[0]?.weights.OUT).toBe(0.5);
    expect(finished.map(({ state }) => state)).toContain('failed');
  });
});
