import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow } from '../../../../src/shared/files/files-below.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

function folderWith(...files: readonly string[]): string {
  const root = temporaryFolder();
  for (const file of files) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), '');
  }
  return root;
}

describe('the files below a folder', () => {
  it('are those of all folders, by their own names', () => {
    const root = folderWith('one.csv', 'a/two.csv', 'a/b.csv/three.txt', 'a/b.csv/four.csv');
    const found = filesBelow(root, (name) => name.endsWith('.csv'));
    expect(found.toSorted()).toEqual(
      ['a/b.csv/four.csv', 'a/two.csv', 'one.csv'].map((file) => path.join(root, file)),
    );
  });

  it.skipIf(process.platform === 'win32')('are found through links, each once, also in a circle', () => {
    const root = folderWith('a/one');
    symlinkSync(root, path.join(root, 'a', 'round'));
    symlinkSync(path.join(root, 'nowhere'), path.join(root, 'lost'));
    expect(filesBelow(root, (name) => name === 'one')).toEqual([path.join(root, 'a', 'one')]);
  });

  it('are those that are left, where folders vanish meanwhile', () => {
    const folders = Array.from({ length: 5 }, (_, n) => `folder-${n}`);
    const root = folderWith(...folders.map((folder) => `${folder}/file`));
    let looks = 0;
    const found = filesBelow(root, () => {
      looks++;
      for (const folder of folders) rmSync(path.join(root, folder), { recursive: true, force: true });
      return true;
    });
    expect([looks, found.length]).toEqual([1, 1]);
  });

  it('are not guessed where the folder itself is missing', () => {
    expect(() => filesBelow(path.join(folderWith(), 'nowhere'), () => true)).toThrow(/ENOENT/);
  });
});
