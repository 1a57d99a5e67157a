/** A file that somebody named is replaced only where they say so; a name that is taken is answered with one that is free. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { freeName, refuseExisting } from '../../../src/shared/files/refuse-existing.ts';
import { runInProcess } from '../../helpers/fake-process.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const JOURNAL = path.resolve(
  import.meta.dirname,
  '../../fixtures/journals/main-2026-11-images.journal.jsonl',
);

function folderWith(...names: string[]): (name: string) => string {
  const folder = temporaryFolder('taken');
  for (const name of names) writeFileSync(path.join(folder, name), 'mine');
  return (name) => path.join(folder, name);
}

describe('a name that is free', () => {
  it('is the name itself, or it with the next number before the ending', () => {
    const at = folderWith('plot.svg', 'a.recipe.txt', 'a-2.recipe.txt', 'm.v1.5.safetensors', 'folder');
    expect(freeName(at('other.svg'))).toBe(at('other.svg'));
    expect(freeName(at('plot.svg'))).toBe(at('plot-2.svg'));
    expect(freeName(at('a.recipe.txt'))).toBe(at('a-3.recipe.txt'));
    expect(freeName(at('m.v1.5.safetensors'))).toBe(at('m.v1.5-2.safetensors'));
    expect(freeName(at('folder'))).toBe(at('folder-2'));
  });

  it('is said of what is refused', () => {
    const at = folderWith('a.json', 'b.json');
    expect(() => refuseExisting([at('a.json'), at('none.json')], false)).toThrow(
      `${at('a.json')} exists; choose another name, or replace it with --force. ${at('a-2.json')} is free.`,
    );
    expect(() => refuseExisting([at('a.json'), at('b.json')], false)).toThrow(/ exist; .* replace them /);
    expect(() => refuseExisting([at('a.json')], true)).not.toThrow();
  });
});

describe('commands that write a file', () => {
  it.each([
    ['x.svg', ['plot', JOURNAL, '--output']],
    ['x.html', ['report', JOURNAL, '--output']],
    ['x.webp', ['sheet', JOURNAL, '--output']],
    ['x.csv', ['rescore', JOURNAL, '--write']],
    ['x.json', ['calibrate', '--write']],
    ['x.txt', ['convert', 'preset:GRAD_V', '--to', 'list', '--output']],
  ])('%s of %j is left alone', async (name, words) => {
    const at = folderWith(name);
    const { code, stderr } = await runInProcess([...words, at(name)]);
    expect({ code, text: readFileSync(at(name), 'utf8') }).toEqual({ code: 2, text: 'mine' });
    expect(stderr).toContain(`${freeName(at(name))} is free.`);
  });

  it.each([
    ['x.svg', ['plot', JOURNAL, '--output']],
    ['x.txt', ['convert', 'preset:GRAD_V', '--to', 'list', '--output']],
  ])('%s of %j is replaced with --force', async (name, words) => {
    const at = folderWith(name);
    expect((await runInProcess([...words, at(name), '--force'])).code).toBe(0);
    expect(readFileSync(at(name), 'utf8')).not.toBe('mine');
  });
});
