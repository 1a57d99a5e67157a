import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { findJournal, listJournals, liveOwner } from '../../../src/journal/find.ts';
import { nameRun } from '../../../src/journal/name-run.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

let folder = '';
beforeEach(() => {
  folder = temporaryFolder('find');
});
const run = (output: string, second: number, modelA = 'a') =>
  nameRun({
    folder,
    modelA,
    modelB: 'b',
    output,
    pass: 0,
    date: new Date(2026, 0, 2, 15, 4, second),
  });
const touch = (file: string): void => {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '');
};

describe('finding a run', () => {
  it('by journal, by any file beside it, by stem, by folder, by name: then the newest', () => {
    const [old, recent] = [run('O', 5), run('O', 9)];
    for (const { journal, csv } of [old, recent]) {
      touch(journal);
      touch(csv);
    }
    expect(findJournal(old.journal, folder)).toBe(old.journal);
    expect(findJournal(old.csv, folder)).toBe(old.journal);
    expect(findJournal(old.stem, folder)).toBe(old.journal);
    expect(findJournal('O', folder)).toBe(recent.journal);
    expect(findJournal(path.join(folder, 'csv', 'history'), folder)).toBe(recent.journal);
  });

  it.skipIf(process.platform === 'win32')(
    'finds every run once, also where links lead round in circles',
    () => {
      const { journal } = run('merged', 5);
      touch(journal);
      const elsewhere = temporaryFolder('find');
      touch(path.join(elsewhere, 'E-1.journal.jsonl'));
      symlinkSync(folder, path.join(path.dirname(journal), 'up'));
      symlinkSync(elsewhere, path.join(folder, 'elsewhere'));
      symlinkSync(path.join(folder, 'nowhere'), path.join(folder, 'none'));
      expect(listJournals(folder).toSorted()).toEqual(
        [journal, path.join(folder, 'elsewhere', 'E-1.journal.jsonl')].toSorted(),
      );
      expect(listJournals(path.join(folder, 'none'))).toEqual([]);
    },
  );

  it('says what there is instead', () => {
    touch(run('merged', 5).journal);
    expect(() => findJournal('mergd', folder)).toThrow(/no run "mergd".*Did you mean "merged"\?/);
    touch(path.join(folder, 'x.csv'));
    const found = (name: string) => () => findJournal(path.join(folder, name), folder);
    expect(found('x.csv')).toThrow(
      /no journal next to .*x\.csv \(.*x\.journal\.jsonl\)\. A history alone can be/,
    );
    touch(path.join(folder, 'y.CSV'));
    expect(found('y.CSV')).toThrow(/no journal next to .* A history alone can be/);
    touch(path.join(folder, 'z.svg'));
    expect(found('z.svg')).toThrow(/no journal next to .*z\.svg \(.*z\.journal\.jsonl\)\.$/);
  });

  it.each([
    [0, 'There are no runs in this folder (use --folder for another).'],
    [1, 'There is M1; autombw history lists them.'],
    [2, 'There are M1, M2; autombw history lists them.'],
    [5, 'There are M1, M2, M3, M4, M5; autombw history lists them.'],
    [7, 'There are M1, M2, M3, M4, M5 and 2 more; autombw history lists them.'],
  ])('lists some of %s models', (models, words) => {
    for (let n = 1; n <= models; n++) for (const second of [5, 6]) touch(run(`M${n}`, second).journal);
    expect(() => findJournal('something else', folder)).toThrow(words);
  });

  it('takes the newest by its date, whatever its folder is called', () => {
    const of = (modelA: string, output: string, second: number): string => {
      const { journal } = run(output, second, modelA);
      touch(journal);
      return journal;
    };
    of('a', 'O', 5);
    const [newer, other] = [of('z', 'O', 9), of('a', 'P', 9)];
    of('z', 'P', 5);
    expect([findJournal('O', folder), findJournal('P', folder)]).toEqual([newer, other]);
  });

  it('takes a journal of any name as it is', () => {
    const file = path.join(folder, 'mine.jsonl');
    touch(file);
    expect(findJournal(file, folder)).toBe(file);
  });

  it('says so where the folder cannot be searched', () => {
    touch(path.join(folder, 'file'));
    expect(() => listJournals(path.join(folder, 'file'))).toThrow(
      expect.objectContaining({ code: 'run-not-found', cause: expect.any(Error) as unknown }),
    );
  });

  it('tells who writes it', () => {
    const file = path.join(folder, 'O.journal.jsonl');
    expect(liveOwner(file)).toBeUndefined();
    writeFileSync(`${file}.lock`, '1');
    expect(liveOwner(file)).toMatch(/^process 1/);
    expect(liveOwner(path.join(folder, 'x\0'))).toBeUndefined();
  });
});
