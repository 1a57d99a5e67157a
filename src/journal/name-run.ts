/** Where a run writes. How one is found again: journal/find.ts. */
import fs from 'node:fs';
import path from 'node:path';
import { messageOf, usageError } from '../shared/errors.ts';
import { filesOf, JOURNAL_SUFFIX, type RunFiles } from './find.ts';
import { codeOf } from '../shared/error-code.ts';
import { makeFolder } from '../shared/files/make-folder.ts';

export interface RunName {
  readonly folder: string;
  readonly modelA: string;
  readonly modelB: string;
  readonly output: string;
  readonly pass: number;
  readonly date: Date;
}

/** The names of a new run; with a number behind the date when another run began in the same second. */
export function nameRun({ folder, modelA, modelB, output, pass, date }: RunName): RunFiles {
  const dir = path.join(
    folder,
    'csv',
    'history',
    fileSafe(`${stripExtension(modelA)} - ${stripExtension(modelB)}`),
  );
  const base = path.join(dir, fileSafe(`${output}-${pass}-${sortableDate(date)}`));
  let stem = base;
  for (let n = 2; fs.existsSync(stem + JOURNAL_SUFFIX); n++) stem = `${base}-${n}`;
  return filesOf(stem + JOURNAL_SUFFIX);
}

/** Journal of a chain of searches: `csv/history/<name>-<date>.chain.jsonl`. */
export function chainFile(folder: string, name: string, date: Date): string {
  const base = path.join(folder, 'csv', 'history', fileSafe(`${name}-${sortableDate(date)}`));
  let file = `${base}.chain.jsonl`;
  for (let n = 2; fs.existsSync(file); n++) file = `${base}-${n}.chain.jsonl`;
  return file;
}

/** A run could write its files there; nothing is created yet. @throws usage error `folder-not-writable` */
export function checkWritable(folder: string): void {
  for (const part of [path.join(folder, 'csv', 'history'), path.join(folder, 'recipes')]) {
    let existing = path.resolve(part);
    while (!fs.existsSync(existing)) existing = path.dirname(existing);
    try {
      fs.accessSync(existing, fs.constants.W_OK);
      if (!fs.statSync(existing).isDirectory()) throw new Error('it is a file');
    } catch (cause) {
      throw usageError(
        'folder-not-writable',
        `The folder ${existing} cannot be written to (${messageOf(cause)}); choose another one with --folder.`,
        { cause },
      );
    }
  }
}

/**
 * Takes `recipes/<O>.recipe.txt`, or the next free name: exclusive creation is what keeps two runs apart.
 * @returns the path relative to the folder
 * @throws usage error `folder-not-writable`
 */
export function reserveRecipe(folder: string, output: string): string {
  const recipes = path.join(folder, 'recipes');
  const notWritable = (cause: unknown): Error =>
    usageError(
      'folder-not-writable',
      `The folder ${recipes} cannot be written to (${messageOf(cause)}); choose another one with --folder.`,
      { cause },
    );
  try {
    makeFolder(recipes);
  } catch (cause) {
    throw notWritable(cause);
  }
  for (let n = 1; ; n++) {
    const name = path.join('recipes', `${fileSafe(output)}${n === 1 ? '' : `-${n}`}.recipe.txt`);
    try {
      fs.closeSync(fs.openSync(path.join(folder, name), 'wx'));
      return name;
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST') throw notWritable(cause);
    }
  }
}

/** Local time on a 24-hour clock: sorts, and means something to the person who looks for last night's run. */
export function sortableDate(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return [
    date.getFullYear(),
    two(date.getMonth() + 1),
    two(date.getDate()),
    two(date.getHours()),
    two(date.getMinutes()),
    two(date.getSeconds()),
  ].join('-');
}

function stripExtension(model: string): string {
  return path.basename(model.replaceAll('\\', '/')).replace(/\.(safetensors|ckpt|pt)$/i, '');
}

/** Legal on Windows as well: no reserved characters, no dot or space at the end. */
export function fileSafe(name: string): string {
  // eslint-disable-next-line no-control-regex
  return name.replaceAll(/[\\/:*?"<>|\u0000-\u001F]/g, '_').replace(/[. ]+$/, '_');
}
