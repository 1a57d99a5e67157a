/** The runs below a folder, and how one of them is shown. */
import path from 'node:path';
import { listJournals } from '../../../../journal/find.ts';
import { filesOf, JOURNAL_SUFFIX } from '../../../../journal/name-run.ts';
import { counted } from '../../../../shared/counted.ts';
import { duration } from '../../../../shared/duration.ts';
import { filesBelow } from '../../../../shared/files/files-below.ts';
import { scoreText } from '../../../../shared/score-text.ts';
import { csvEntry } from './csv-entry.ts';
import { namedEntry, type HistoryEntry } from './entry.ts';
import { journalEntry } from './journal-entry.ts';

/** Journals, and CSVs that have none beside them, as those of the Python tool; the newest first. */
export function runFiles(root: string): string[] {
  const journals = listJournals(root);
  const ours = new Set(journals.map((journal) => filesOf(journal).csv));
  const others = filesBelow(root, (name) => name.toLowerCase().endsWith('.csv')).filter(
    (file) => !ours.has(file),
  );
  return [...journals, ...others]
    .map((file) => ({ file, date: namedEntry(file).date }))
    .toSorted((a, b) => (a.date === b.date ? compare(a.file, b.file) : compare(b.date, a.date)))
    .map(({ file }) => file);
}

/** @param file one of {@link runFiles} */
export async function readEntry(file: string): Promise<HistoryEntry> {
  return file.endsWith(JOURNAL_SUFFIX) ? journalEntry(file) : csvEntry(file);
}

/** Two lines, short enough for any terminal: what became of it, and what it is. */
export function linesOf(entry: HistoryEntry, root: string): [facts: string, ...others: string[]] {
  const { state, best, bestIteration, scored, failed, hours, scorer, optimizer, reason } = entry;
  const total = scored + failed;
  const count = `${counted(total, 'iteration')}${failed > 0 ? ` (${failed} failed)` : ''}`;
  const result = best === null ? 'no score' : `best ${scoreText(best)} at ${bestIteration}`;
  const facts = [
    (entry.date || '(no date)').slice(0, 16).padEnd(16),
    (state === 'csv' ? 'no journal' : state).padEnd(10),
    ...(state === 'unreadable'
      ? []
      : [result, count, ...(hours === null ? [] : [duration(hours * 3600)]), scorer, optimizer]),
  ];
  const pass = entry.pass > 0 ? `, pass ${entry.pass + 1}` : '';
  const models = `${bare(entry.modelA)} + ${bare(entry.modelB)} = ${entry.output}${pass}`;
  return [
    facts.filter((fact) => fact !== '').join('  '),
    `  ${models}  ${path.relative(root, entry.file)}`,
    ...(reason === '' ? [] : [`  ${reason}`]),
  ];
}

function bare(model: string): string {
  return path.basename(model.replaceAll('\\', '/')).replace(/\.(?:safetensors|ckpt)$/i, '');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
