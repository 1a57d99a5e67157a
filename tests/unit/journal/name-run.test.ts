import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { findJournal, listJournals } from '../../../src/journal/find.ts';
import {
  chainFile,
  checkWritable,
  filesOf,
  nameRun,
  outputOf,
  reserveRecipe,
  sortableDate,
} from '../../../src/journal/name-run.ts';
import { temporaryFolder } from '../../helpers/run-search.ts';

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});
const run = (output: string, second: number) =>
  nameRun({
    folder,
    modelA: 'a.safetensors',
    modelB: 'sub/b.ckpt',
    output,
    pass: 0,
    date: new Date(2026, 0, 2, 15, 4, second),
  });
const touch = (file: string): void => {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '');
};

describe('names of a run', () => {
  it('are the field’s, with a date that sorts', () => {
    expect(path.relative(folder, run('O', 5).csv).replaceAll('\\', '/')).toBe(
      'csv/history/a - b/O-0-2026-01-02-15-04-05.csv',
    );
    expect(sortableDate(new Date(2026, 10, 30, 0, 9, 8))).toBe('2026-11-30-00-09-08');
  });

  it('are never shared by two runs of the same second', () => {
    const first = run('O', 5);
    touch(first.journal);
    expect(run('O', 5).journal).toBe(first.journal.replace('05.journal', '05-2.journal'));
  });

  it('are legal on every system', () => {
    const { stem } = nameRun({
      folder,
      modelA: 'a:b*c',
      modelB: 'x. ',
      output: 'o|p',
      pass: 0,
      date: new Date(0),
    });
    expect(path.basename(path.dirname(stem))).toBe('a_b_c - x_');
    expect(path.basename(stem)).toMatch(/^o_p-0-/);
  });

  it('get the next free number, and lose the ending of the models alone', () => {
    touch(run('O', 5).journal);
    touch(run('O', 5).journal);
    expect(run('O', 5).journal).toMatch(/05-3\.journal\.jsonl$/);
    const names = ['dir\\\\a.SAFETENSORS', '/models/b.ckpt', 'c.pt.x'].map(
      (modelA) =>
        nameRun({ folder, modelA, modelB: 'd.pt', output: 'O', pass: 0, date: new Date(0) }).journal,
    );
    expect(names.map((file) => path.basename(path.dirname(file)))).toEqual(['a - d', 'b - d', 'c.pt.x - d']);
  });

  it('of a journal that lies elsewhere are beside it', () => {
    const files = filesOf(path.join(folder, 'mine', 'x.jsonl'));
    expect(files).toMatchObject({
      folder: path.join(folder, 'mine'),
      csv: path.join(folder, 'mine', 'x.csv'),
      historyTsv: path.join(folder, 'mine', 'csv', 'history.tsv'),
    });
  });

  it('tell the merged model of no other files', () => {
    expect(outputOf('a/O-0-2026-01-02-15-04-05-12.journal.jsonl')).toBe('O');
    expect(outputOf('a/O-0-2026-01-02-15-04-05.journal.jsonl.bak')).toBe(
      'O-0-2026-01-02-15-04-05.journal.jsonl.bak',
    );
  });

  it('of chains are never shared either', () => {
    const date = new Date(2026, 0, 2, 15, 4, 5);
    const names = [1, 2, 3].map(() => {
      const file = chainFile(folder, 'C', date);
      touch(file);
      return path.basename(file);
    });
    expect(names).toEqual(['', '-2', '-3'].map((nth) => `C-2026-01-02-15-04-05${nth}.chain.jsonl`));
  });

  it('hide nothing, and are no longer than a file system takes', () => {
    const long = '𝒜'.repeat(200);
    const { stem } = nameRun({
      folder,
      modelA: `a\u001b[2J\u202e\u009b${long}`,
      modelB: 'b',
      output: `\u202egnp.${long}`,
      pass: 3,
      date: new Date(2026, 0, 2, 15, 4, 5),
    });
    const names = [path.basename(stem), path.basename(path.dirname(stem))];
    for (const name of names) {
      expect(name).not.toMatch(/[\p{Cc}\u202e]/u);
      expect(Buffer.byteLength(`${name}.journal.jsonl`)).toBeLessThan(255);
    }
    expect(names[0]).toMatch(/^_gnp\.𝒜+-3-2026-01-02-15-04-05$/u);
  });

  it('are no devices of Windows', () => {
    expect(
      ['CON', 'nul.txt', 'Com1', 'aux .x', 'console'].map((name) => reserveRecipe(folder, name)),
    ).toEqual(
      ['_CON', '_nul.txt', '_Com1', '_aux .x', 'console'].map((name) =>
        path.join('recipes', `${name}.recipe.txt`),
      ),
    );
  });

  it('follow from the journal', () => {
    const named = run('O', 5);
    expect(filesOf(named.journal)).toEqual(named);
  });

  it('tell the merged model, also of the second run of a second', () => {
    touch(run('O-1', 5).journal);
    for (const { journal } of [run('O-1', 5), run('O-1', 6)]) expect(outputOf(journal)).toBe('O-1');
  });
});

describe('recipes', () => {
  it('get a name of their own', () => {
    const names = [1, 2, 3].map(() => reserveRecipe(folder, 'O').replaceAll('\\', '/'));
    expect(names).toEqual(['recipes/O.recipe.txt', 'recipes/O-2.recipe.txt', 'recipes/O-3.recipe.txt']);
  });
});

it('a recipe that cannot be written is said at once', () => {
  touch(path.join(folder, 'recipes'));
  expect(() => reserveRecipe(folder, 'O')).toThrow(expect.objectContaining({ code: 'folder-not-writable' }));
  expect(reserveRecipe(path.join(folder, 'other'), 'O', 'json').replaceAll('\\', '/')).toBe(
    'recipes/O.recipe.json',
  );
});

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
      const elsewhere = temporaryFolder();
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
    expect(() => findJournal(path.join(folder, 'x.csv'), folder)).toThrow(/no journal next to/);
  });
});

describe('checkWritable', () => {
  it('creates nothing', () => {
    checkWritable(path.join(folder, 'deep', 'er'));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses a file in the way', () => {
    touch(path.join(folder, 'csv'));
    expect(() => checkWritable(folder)).toThrow(/cannot be written to \(it is a file\)/);
    expect(existsSync(path.join(folder, 'recipes'))).toBe(false);
  });
});
