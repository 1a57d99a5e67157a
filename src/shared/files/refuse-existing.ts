/** Names of files that are taken: a file that somebody named is replaced only where they say so. */
import fs from 'node:fs';
import path from 'node:path';
import { usageError } from '../errors.ts';

/** @throws usage error `output-exists` unless `force`, with a name that is free */
export function refuseExisting(files: readonly string[], force: boolean): void {
  const taken = force ? undefined : takenMessage(files);
  if (taken !== undefined) throw usageError('output-exists', taken);
}

/** @returns what to say of those that are there; undefined where none is */
export function takenMessage(files: readonly string[]): string | undefined {
  const there = files.filter((file) => fs.existsSync(file));
  const [first] = there;
  if (first === undefined) return undefined;
  const isOne = there.length === 1;
  return `${there.join(' and ')} ${isOne ? 'exists' : 'exist'}; choose another name, or replace ${isOne ? 'it' : 'them'} with --force. ${freeName(first)} is free.`;
}

/** The name itself, or the next one that is free: `plot-2.svg`. Endings of two parts, as in `.recipe.txt`, stay whole. */
export function freeName(file: string): string {
  const { dir, base } = path.parse(file);
  const [, stem = base, ending = ''] = /^(.+?)((?:\.[a-z]+){1,2})$/i.exec(base) ?? [];
  for (let n = 1; ; n++) {
    const name = path.join(dir, n === 1 ? base : `${stem}-${n}${ending}`);
    if (!fs.existsSync(name)) return name;
  }
}
