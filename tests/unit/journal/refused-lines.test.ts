/** A line that the disk or another program does not let a journal write: the journal stays whole, and the next line follows it. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  createJournal,
  reopenJournal,
  withdrawJournal,
  writeJournal,
  type Journal,
} from '../../../src/journal/append.ts';
import { readJournal } from '../../../src/journal/read.ts';
import { installDiskFaults } from '../../helpers/disk-faults.mjs';
import { KNOWS_OPEN_FILES, timesOpen } from '../../helpers/open-files.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { asked, recovered } from './records.ts';

const first = recovered('a.log');
const FOREIGN = '{"kind":"foreign"}\n';

let folder = '';
let file = '';
beforeEach(() => {
  folder = temporaryFolder('refused');
  file = path.join(folder, 'run.journal.jsonl');
});

type Refusing = Pick<Parameters<typeof installDiskFaults>[0], 'code' | 'times'>;

/** A journal with one line, on a disk that refuses from then on; and how the disk becomes a good one again. */
function onBadDisk({ code, times = 1 }: Refusing): { readonly journal: Journal; readonly mend: () => void } {
  const made = (at: number) => {
    const faults = installDiskFaults({ under: folder, code, at, times });
    const journal = createJournal(file);
    journal.append(first);
    return { journal, faults };
  };
  const { journal, faults } = made(1e9);
  const calls = faults.calls();
  faults.uninstall();
  journal.close();
  fs.rmSync(file);
  const bad = made(calls + 1);
  return { journal: bad.journal, mend: () => bad.faults.uninstall() };
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

const failure = (code: string, message: RegExp, cause: unknown): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as unknown, cause });

describe('a line that the disk refuses', () => {
  it.each([
    ['ENOSPC', /free some space and resume/],
    ['EDQUOT', /free some space and resume/],
    ['EIO', /check the disk and resume/],
  ] as const)(
    'is told with what to do (%s), is not in the journal, and the next one is',
    async (code, message) => {
      const { journal, mend } = onBadDisk({ code });
      const cause = expect.objectContaining({ code }) as unknown;
      expect(thrownBy(() => journal.append(asked(1)))).toEqual(failure('journal-write', message, cause));
      mend();
      expect(fs.readFileSync(file, 'utf8')).toBe(`${JSON.stringify(first)}\n`);
      expect(journal.append(asked(2))).toBeUndefined();
      journal.close();
      expect((await readJournal(file)).records).toEqual([first, asked(2)]);
    },
  );

  it('and cannot even be cut off stays until it can: nothing is written behind it', async () => {
    const { journal, mend } = onBadDisk({ code: 'EIO', times: null });
    for (const id of [1, 2])
      expect(() => journal.append(asked(id))).toThrow(expect.objectContaining({ code: 'journal-write' }));
    expect(() => journal.check()).toThrow(/an incomplete line cannot be cut off/);
    expect(fs.readFileSync(file, 'utf8')).toMatch(/\n\{"kind":"asked","trial":1[^\n]*$/);
    mend();
    expect(journal.append(asked(3))).toBeUndefined();
    journal.close();
    expect((await readJournal(file)).records).toEqual([first, asked(3)]);
  });
});

/** Each leaves the journal in order: what others write behind that is noticed at once, and left alone. */
const IN_ORDER: readonly (readonly [string, () => ReturnType<typeof createJournal>])[] = [
  [
    'was just opened',
    () => {
      writeJournal(file, [first]);
      return reopenJournal(file);
    },
  ],
  [
    'was refused a line',
    () => {
      const { journal, mend } = onBadDisk({ code: 'ENOSPC' });
      expect(() => journal.append(asked(1))).toThrow(/free some space/);
      mend();
      return journal;
    },
  ],
  [
    'was cut and written again',
    () => {
      const journal = createJournal(file);
      journal.append(first);
      fs.truncateSync(file, 3);
      expect(journal.check()).toMatch(/was cut short/);
      return journal;
    },
  ],
  [
    'was refused a line that could be cut off only later',
    () => {
      const { journal, mend } = onBadDisk({ code: 'EIO', times: 2 });
      expect(() => journal.append(asked(1))).toThrow(/check the disk/);
      mend();
      expect(journal.check()).toBeUndefined();
      return journal;
    },
  ],
];

// Windows gives the name of a removed file away only when nobody has it open.
describe.skipIf(process.platform === 'win32')('a journal', () => {
  it.each(IN_ORDER)('that %s keeps its hands off the lines of another program', (_, prepare) => {
    const journal = prepare();
    fs.appendFileSync(file, FOREIGN);
    const theirs = fs.readFileSync(file, 'utf8');
    expect(() => journal.append(asked(2))).toThrow(expect.objectContaining({ code: 'journal-taken' }));
    expect(fs.readFileSync(file, 'utf8')).toBe(theirs);
    expect(fs.readFileSync(path.join(folder, 'run-kept.journal.jsonl'), 'utf8')).toBe(
      `${JSON.stringify(first)}\n`,
    );
    journal.close();
  });

  it('goes on in a copy of all its lines', async () => {
    const journal = createJournal(file);
    journal.append(first);
    fs.copyFileSync(file, `${file}.copy`);
    fs.renameSync(`${file}.copy`, file);
    expect(journal.check()).toMatch(/was replaced by a copy/);
    journal.append(asked(1));
    journal.close();
    expect((await readJournal(file)).records).toEqual([first, asked(1)]);
  });

  it.each([
    ['run.journal.jsonl', 'run-kept.journal.jsonl'],
    ['mine.jsonl', 'mine-kept.jsonl'],
    ['v1.2.mine.x.jsonl', 'v1.2.mine-kept.x.jsonl'],
    ['lines\nof two.journal.jsonl', 'lines\nof two-kept.journal.jsonl'],
    ['mine', 'mine-kept'],
  ])('named %j keeps its lines under a name that is no other’s: %j', (name, kept) => {
    const own = path.join(folder, name);
    const journal = createJournal(own);
    journal.append(first);
    fs.appendFileSync(own, FOREIGN);
    expect(() => journal.check()).toThrow(`its own lines are in ${path.join(folder, kept)}: autombw resume`);
    expect(fs.readdirSync(folder).toSorted()).toEqual([name, `${name}.lock`, kept].toSorted());
    journal.close();
  });

  it.each([
    [1, 'are in .*/run-kept-2.journal.jsonl'],
    [99, 'are in .*/run-kept-100.journal.jsonl'],
    [100, 'could not be saved'],
  ])('finds a free name beside %s others', (taken, words) => {
    for (let n = 1; n <= taken; n++)
      fs.writeFileSync(path.join(folder, `run-kept${n === 1 ? '' : `-${n}`}.journal.jsonl`), 'other');
    const journal = createJournal(file);
    journal.append(first);
    fs.appendFileSync(file, FOREIGN);
    expect(() => journal.check()).toThrow(new RegExp(`so the run stops; its own lines ${words}`));
    journal.close();
    const others = fs.readdirSync(folder).filter((one) => one.includes('-kept'));
    expect(others.filter((one) => fs.readFileSync(path.join(folder, one), 'utf8') === 'other')).toHaveLength(
      taken,
    );
  });

  it('says so where its lines cannot be kept either', () => {
    const journal = createJournal(file);
    journal.append(first);
    fs.appendFileSync(file, FOREIGN);
    const faults = installDiskFaults({ under: folder, code: 'EROFS', at: 1, times: null });
    const refused = thrownBy(() => journal.check());
    faults.uninstall();
    expect(refused).toEqual(
      failure('journal-taken', /its own lines could not be saved/, expect.any(Error) as unknown),
    );
    journal.close();
  });

  it('tells when it is closed that its lock stays', () => {
    const journal = createJournal(file);
    fs.rmSync(`${file}.lock`);
    fs.mkdirSync(`${file}.lock`);
    expect(journal.close()).toMatch(/The lock .* could not be removed/);
  });

  it('is withdrawn only where nothing came of it, and it is still there', () => {
    const nothing = createJournal(file);
    expect(withdrawJournal(nothing)).toBe(true);
    const something = createJournal(file);
    something.append(first);
    expect(withdrawJournal(something)).toBe(false);
    const gone = reopenJournal(file);
    fs.rmSync(file);
    expect(withdrawJournal(gone)).toBe(false);
  });
});

describe.runIf(KNOWS_OPEN_FILES)('a file', () => {
  it('that cannot be opened for writing is not left open', () => {
    writeJournal(file, [first]);
    const faults = installDiskFaults({
      under: folder,
      code: 'EIO',
      at: 1,
      times: null,
      only: String.raw`\.jsonl$`,
    });
    const refused = thrownBy(() => reopenJournal(file));
    faults.uninstall();
    expect(refused).toEqual(
      failure(
        'journal-not-writable',
        /cannot be opened/,
        expect.objectContaining({ code: 'EIO' }) as unknown,
      ),
    );
    expect([timesOpen(file), fs.existsSync(`${file}.lock`)]).toEqual([0, false]);
  });

  it('is open once, whatever became of the journal, and no more when that is closed', () => {
    const journal = createJournal(file);
    journal.append(first);
    expect(timesOpen(file)).toBe(1);
    fs.rmSync(file);
    const faults = installDiskFaults({ under: folder, code: 'EIO', at: 1, times: null });
    expect(thrownBy(() => journal.check())).toMatchObject({ code: 'journal-write' });
    faults.uninstall();
    expect(timesOpen(file)).toBe(1);
    expect(journal.append(asked(1))).toMatch(/continues in the copy|written again/);
    expect(timesOpen(file)).toBe(1);
    journal.close();
    expect(timesOpen(file)).toBe(0);
  });
});
