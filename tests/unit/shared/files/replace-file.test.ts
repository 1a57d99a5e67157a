import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  renameFile,
  renameFileLater,
  replaceFile,
  replaceFileLater,
} from '../../../../src/shared/files/replace-file.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = temporaryFolder('replace');
  file = path.join(folder, 'file.csv');
});

function refusal(code: string): Error {
  return Object.assign(new Error(`${code}: refused, rename`), { code, errno: -1, syscall: 'rename' });
}

/** Refuses so often, as a virus scanner on Windows does, and renames then. */
function busy(
  times: number,
  code: string,
): { readonly rename: (from: string, to: string) => void; readonly count: () => number } {
  let count = 0;
  return {
    rename(from, to) {
      if (++count <= times) throw refusal(code);
      fs.renameSync(from, to);
    },
    count: () => count,
  };
}

describe('replacing a file', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('is tried again on Windows after %s, with growing pauses', (code) => {
    const { rename, count } = busy(3, code);
    const pauses: number[] = [];
    fs.writeFileSync(file, 'old');
    replaceFile(file, 'new', { platform: 'win32', rename, sleep: (ms) => void pauses.push(ms) });
    expect(fs.readFileSync(file, 'utf8')).toBe('new');
    expect(count()).toBe(4);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(pauses).toHaveLength(3);
  });

  it('gives up in the end, leaves the old file and nothing else', () => {
    const { rename } = busy(1000, 'EPERM');
    fs.writeFileSync(file, 'old');
    expect(() => replaceFile(file, 'new', { platform: 'win32', rename, sleep: () => undefined })).toThrow(
      /EPERM/,
    );
    expect(fs.readdirSync(folder)).toEqual(['file.csv']);
    expect(fs.readFileSync(file, 'utf8')).toBe('old');
  });

  it('is not tried again elsewhere, where the same error lasts, nor after another error', () => {
    for (const [platform, code] of [
      ['linux', 'EACCES'],
      ['win32', 'ENOSPC'],
    ] as const) {
      const { rename, count } = busy(1000, code);
      expect(() => renameFile(file, file, { platform, rename })).toThrow(code);
      expect(count()).toBe(1);
    }
  });

  it('is the same for those who need not wait', async () => {
    let count = 0;
    const rename = async (from: string, to: string): Promise<void> => {
      if (++count <= 2) throw refusal('EBUSY');
      fs.renameSync(from, to);
    };
    fs.writeFileSync(file, 'content');
    await renameFileLater(file, `${file}.b`, rename, { platform: 'win32', pauses: [1, 1, 1] });
    expect(fs.readdirSync(folder)).toEqual(['file.csv.b']);
  });

  it('leaves nothing behind when the folder is gone or the caller changes its mind', async () => {
    const gone = path.join(folder, 'gone', 'file');
    expect(() => replaceFile(gone, 'x')).toThrow(/ENOENT/);
    await expect(replaceFileLater(gone, 'x')).rejects.toThrow(/ENOENT/);
    const before = (): never => {
      throw new Error('changed my mind');
    };
    expect(() => replaceFile(file, 'x', { before })).toThrow('changed my mind');
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')(
    'writes through no link that waits at its temporary name',
    async () => {
      const victim = path.join(folder, 'victim');
      fs.writeFileSync(victim, 'untouched');
      let name = '';
      replaceFile(file, 'a', {
        before: () => (name = fs.readdirSync(folder).find((one) => one.endsWith('.tmp')) ?? ''),
      });
      const [, base = '', n = ''] = /^(.*-)(\d+)\.tmp$/.exec(name) ?? [];
      for (const next of [1, 2]) fs.symlinkSync(victim, path.join(folder, `${base}${Number(n) + next}.tmp`));
      replaceFile(file, 'b');
      await replaceFileLater(file, 'c');
      expect([victim, file].map((one) => fs.readFileSync(one, 'utf8'))).toEqual(['untouched', 'c']);
      expect(fs.lstatSync(file).isFile()).toBe(true);
      expect(fs.readdirSync(folder).toSorted()).toEqual(['file.csv', 'victim']);
    },
  );

  it('never uses one temporary name twice', async () => {
    await Promise.all(Array.from({ length: 20 }, async (_, i) => replaceFileLater(file, String(i))));
    expect(fs.readdirSync(folder)).toEqual(['file.csv']);
    expect(fs.readFileSync(file, 'utf8')).toMatch(/^\d+$/);
  });
});
