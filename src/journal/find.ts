/** How a run is found again by what people call it. How its files are named: name-run.ts. */
import fs from 'node:fs';
import path from 'node:path';
import { usageError } from '../shared/errors.ts';
import { filesBelow } from '../shared/files/files-below.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import { lockHolder } from '../shared/process/process-lock.ts';
import { systemReason } from '../shared/system-error.ts';
import { CONTROL_SUFFIX } from './control.ts';
import { JOURNAL_SUFFIX, outputOf } from './name-run.ts';
import { ANSWERS_SUFFIX, QUESTIONS_SUFFIX } from './rating-files.ts';

/** Of other files of lines that lie beside a journal. */
const BESIDE = [CONTROL_SUFFIX, QUESTIONS_SUFFIX, ANSWERS_SUFFIX];

/**
 * The journal of a run that is named by any of its files, by the name of its merged model (the newest run of that name),
 * or by the folder it lies in (the newest there).
 * @throws usage error `run-not-found`
 */
export function findJournal(run: string, folder: string): string {
  if (fs.existsSync(run) && fs.statSync(run).isFile()) {
    const suffix = BESIDE.find((one) => run.endsWith(one));
    const journal =
      suffix !== undefined
        ? run.slice(0, -suffix.length) + JOURNAL_SUFFIX
        : run.endsWith('.jsonl')
          ? run
          : `${run.slice(0, run.length - path.extname(run).length)}${JOURNAL_SUFFIX}`;
    if (fs.existsSync(journal)) return journal;
    const rest =
      path.extname(run).toLowerCase() === '.csv'
        ? ' A history alone can be plotted, explained, compared and converted.'
        : '';
    throw usageError('run-not-found', `There is no journal next to ${run} (${journal}).${rest}`);
  }
  if (fs.existsSync(run + JOURNAL_SUFFIX)) return run + JOURNAL_SUFFIX;
  const isFolder = fs.existsSync(run) && fs.statSync(run).isDirectory();
  const journals = listJournals(isFolder ? run : path.join(folder, 'csv', 'history'));
  const fitting = isFolder ? journals : journals.filter((file) => outputOf(file) === run);
  const newest = fitting.toSorted((a, b) => (path.basename(a) < path.basename(b) ? 1 : -1))[0];
  if (newest !== undefined) return newest;
  throw usageError(
    'run-not-found',
    `There is no run "${run}": give a journal (…${JOURNAL_SUFFIX}), the CSV next to it, or the name of a merged model.${didYouMean(run, journals.map(outputOf))}${namesOf(journals)}`,
  );
}

/** Runs that are listed in a message. */
const MOST_LISTED = 5;

function namesOf(journals: readonly string[]): string {
  const names = [...new Set(journals.map(outputOf))];
  if (names.length === 0) return ' There are no runs in this folder (use --folder for another).';
  const more = names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '';
  return ` There ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, MOST_LISTED).join(', ')}${more}; autombw history lists them.`;
}

/** All below the folder, links to folders included; none where there is no folder. */
export function listJournals(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  try {
    return filesBelow(folder, (name) => name.endsWith(JOURNAL_SUFFIX));
  } catch (cause) {
    throw usageError(
      'run-not-found',
      `The folder ${folder} cannot be searched for runs (${systemReason(cause)}): give the journal file itself.`,
      { cause },
    );
  }
}

/** Who writes the journal, in words; undefined when nobody that lives has it locked, or it cannot be looked at. */
export function liveOwner(journal: string): string | undefined {
  try {
    return lockHolder(`${journal}.lock`);
  } catch {
    return undefined;
  }
}
