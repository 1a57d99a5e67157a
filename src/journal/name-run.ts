/** How the files of a run are named: names for a new one, and what a name tells of an old one. Looking for one: find.ts. */
import fs from 'node:fs';
import path from 'node:path';
import { usageError } from '../shared/errors.ts';
import { codeOf, systemReason } from '../shared/system-error.ts';
import { makeFolder } from '../shared/files/make-folder.ts';
import { withoutObeyed } from '../shared/printable.ts';

/** Every file of a run has the same stem: `csv/history/<A> - <B>/<O>-<pass>-<YYYY-MM-DD-hh-mm-ss>`. */
export interface RunFiles {
  readonly folder: string;
  readonly stem: string;
  readonly journal: string;
  readonly csv: string;
  readonly log: string;
  readonly plot: string;
  readonly report: string;
  /** The contact sheet. */
  readonly sheet: string;
  /** Folder of the kept images. */
  readonly images: string;
  /** Folder of those that are not scored yet: gone with the last of them. */
  readonly waiting: string;
  /** What the run does just now, while it lives. */
  readonly status: string;
  readonly historyTsv: string;
}

export const JOURNAL_SUFFIX = '.journal.jsonl';

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
    fileSafe(shortened(`${stripExtension(modelA)} - ${stripExtension(modelB)}`)),
  );
  const base = path.join(dir, fileSafe(`${shortened(output)}-${pass}-${sortableDate(date)}`));
  let stem = base;
  for (let n = 2; fs.existsSync(stem + JOURNAL_SUFFIX); n++) stem = `${base}-${n}`;
  return filesOf(stem + JOURNAL_SUFFIX);
}

/** The files that belong to a journal. */
export function filesOf(journal: string): RunFiles {
  const stem = journal.endsWith(JOURNAL_SUFFIX)
    ? journal.slice(0, -JOURNAL_SUFFIX.length)
    : journal.slice(0, journal.length - path.extname(journal).length);
  const history = path.dirname(path.dirname(stem));
  const folder =
    path.basename(history) === 'history' ? path.dirname(path.dirname(history)) : path.dirname(stem);
  return {
    folder,
    stem,
    journal,
    csv: `${stem}.csv`,
    log: `${stem}.log`,
    plot: `${stem}.svg`,
    report: `${stem}.report.html`,
    sheet: `${stem}.contact.webp`,
    images: `${stem}.images`,
    waiting: `${stem}.waiting`,
    status: `${stem}.status.json`,
    historyTsv: path.join(folder, 'csv', 'history.tsv'),
  };
}

/** The name of the merged model, out of the name that {@link nameRun} gave a journal. */
export function outputOf(journal: string): string {
  return path.basename(journal).replace(/-\d+-\d{4}(-\d{2}){5}(-\d+)?\.journal\.jsonl$/, '');
}

/** Journal of a chain of searches: `csv/history/<name>-<date>.chain.jsonl`. */
export function chainFile(folder: string, name: string, date: Date): string {
  const base = path.join(folder, 'csv', 'history', fileSafe(`${shortened(name)}-${sortableDate(date)}`));
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
        `The folder ${existing} cannot be written to (${systemReason(cause)}); choose another one with --folder.`,
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
export function reserveRecipe(folder: string, output: string, extension: RecipeExtension = 'txt'): string {
  const recipes = path.join(folder, 'recipes');
  const notWritable = (cause: unknown): Error =>
    usageError(
      'folder-not-writable',
      `The folder ${recipes} cannot be written to (${systemReason(cause)}); choose another one with --folder.`,
      { cause },
    );
  try {
    makeFolder(recipes);
  } catch (cause) {
    throw notWritable(cause);
  }
  for (let n = 1; ; n++) {
    const name = recipeName(output, extension, n);
    try {
      fs.closeSync(fs.openSync(path.join(folder, name), 'wx'));
      return name;
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST') throw notWritable(cause);
    }
  }
}

/** `json`: weights by name. */
type RecipeExtension = 'txt' | 'json';

/** @returns relative to the folder of the run, whether it is free or not; with a number from 2 on */
export function recipeName(output: string, extension: RecipeExtension, n = 1): string {
  const safe = fileSafe(shortened(output));
  const stem = DEVICE.test(safe) ? `_${safe}` : safe;
  return path.join('recipes', `${stem}${n === 1 ? '' : `-${n}`}.recipe.${extension}`);
}

/** Was nothing written under it yet? @param recipe as {@link reserveRecipe} gave it */
export function isReserved(folder: string, recipe: string): boolean {
  return fs.statSync(path.join(folder, recipe), { throwIfNoEntry: false })?.size === 0;
}

/** Gives a reserved name back that nothing was written under. Never throws. @param recipe as {@link reserveRecipe} gave it */
export function releaseRecipe(folder: string, recipe: string): void {
  try {
    if (isReserved(folder, recipe)) fs.rmSync(path.join(folder, recipe));
  } catch {
    // An empty file that stays does no harm.
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

/**
 * Legal on Windows as well: no reserved characters, no dot or space at the end. Nothing that hides or turns round what stands
 * behind it.
 */
export function fileSafe(name: string): string {
  const safe = withoutObeyed(name.replaceAll(/[\\/:*?"<>|\t\n]/g, '_'), '_');
  return safe.replace(/[. ]+$/, '_');
}

/** Windows takes them for devices in every folder, whatever stands behind the first dot. */
const DEVICE = /^(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$) *(?:\.|$)/i;
/** Bytes: file systems take 255, and a date and an ending follow. */
const LONGEST = 180;

function shortened(name: string): string {
  let bytes = 0;
  let kept = '';
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > LONGEST) return kept;
    kept += character;
  }
  return name;
}
