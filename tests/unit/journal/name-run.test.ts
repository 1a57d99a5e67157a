import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  chainFile,
  checkWritable,
  fileSafe,
  filesOf,
  isReserved,
  nameRun,
  outputOf,
  recipeName,
  releaseRecipe,
  reserveRecipe,
  sortableDate,
} from '../../../src/journal/name-run.ts';
import { installDiskFaults } from '../../helpers/disk-faults.mjs';
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
    expect(outputOf('a/O-12-2026-01-02-15-04-05.journal.jsonl')).toBe('O');
    expect(outputOf('a/O-0-2026-01-02-15-04.journal.jsonl')).toBe('O-0-2026-01-02-15-04.journal.jsonl');
    expect(outputOf('a/O-0-2026-01-02-15-04-05-x.journal.jsonl')).toBe(
      'O-0-2026-01-02-15-04-05-x.journal.jsonl',
    );
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

  it.each(['CON', 'nul.txt', 'Com1', 'aux .x', 'prn', 'LPT9', 'com²', 'lpt³.a', 'conin$', 'CONOUT$  .x'])(
    'are no devices of Windows: %s',
    (name) => {
      expect(recipeName(name, 'txt')).toBe(path.join('recipes', `_${name}.recipe.txt`));
    },
  );

  it.each(['console', 'falcon', 'com', 'comx', 'com12', 'lptx', 'nul-2', 'conin', 'my.con'])(
    'are as they were where they are no devices: %s',
    (name) => {
      expect(recipeName(name, 'json')).toBe(path.join('recipes', `${name}.recipe.json`));
    },
  );

  it('are cut to what a file system takes, not before, and between two characters', () => {
    const lengthOf = (name: string): number => Buffer.byteLength(path.basename(recipeName(name, 'txt')));
    const ending = '.recipe.txt'.length;
    expect([179, 180, 181].map((length) => lengthOf('x'.repeat(length)))).toEqual([
      179 + ending,
      180 + ending,
      180 + ending,
    ]);
    expect(path.basename(recipeName(`x${'é'.repeat(100)}`, 'txt'))).toBe(`x${'é'.repeat(89)}.recipe.txt`);
  });

  it.each([
    ['a. . ', 'a_'],
    ['a.', 'a_'],
    ['a.b c', 'a.b c'],
    ['. a', '. a'],
    ['\\/:*?"<>|\t\n', '___________'],
  ])('%j is safe as %j', (name, safe) => {
    expect(fileSafe(name)).toBe(safe);
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

  it('are given back where nothing was written under their name, and only there', () => {
    const [empty, written] = [reserveRecipe(folder, 'O'), reserveRecipe(folder, 'O')];
    writeFileSync(path.join(folder, written), 'mine');
    expect([empty, written, 'recipes/none.txt'].map((name) => isReserved(folder, name))).toEqual([
      true,
      false,
      false,
    ]);
    for (const name of [empty, written, 'recipes/none.txt', path.join(written, 'deep')])
      releaseRecipe(folder, name);
    expect(readdirSync(path.join(folder, 'recipes'))).toEqual([path.basename(written)]);
  });
});

it('a recipe that cannot be written is said at once', () => {
  touch(path.join(folder, 'recipes'));
  expect(() => reserveRecipe(folder, 'O')).toThrow(
    expect.objectContaining({ code: 'folder-not-writable', cause: expect.any(Error) as unknown }),
  );
  const faults = installDiskFaults({ under: folder, code: 'ENOSPC', at: 2 });
  try {
    expect(() => reserveRecipe(path.join(folder, 'full'), 'O')).toThrow(
      expect.objectContaining({ code: 'folder-not-writable', cause: expect.any(Error) as unknown }),
    );
  } finally {
    faults.uninstall();
  }
  expect(reserveRecipe(path.join(folder, 'other'), 'O', 'json').replaceAll('\\', '/')).toBe(
    'recipes/O.recipe.json',
  );
});

describe('checkWritable', () => {
  it('creates nothing', () => {
    checkWritable(path.join(folder, 'deep', 'er'));
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['csv', 'csv'],
    ['csv/history', 'csv/history'],
    ['recipes', 'recipes'],
    ['.', 'file'],
  ])('refuses a file in the way: %s', (_, name) => {
    touch(path.join(folder, name));
    const inside = name === 'file' ? path.join(folder, 'file', 'deep') : folder;
    expect(() => checkWritable(inside)).toThrow(
      expect.objectContaining({
        code: 'folder-not-writable',
        message: expect.stringContaining(
          `${path.join(folder, name)} cannot be written to (it is a file)`,
        ) as unknown,
        cause: expect.any(Error) as unknown,
      }),
    );
  });
});
