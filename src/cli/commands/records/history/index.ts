import fs from 'node:fs';
import path from 'node:path';
import { usageError } from '../../../../shared/errors.ts';
import { listJournals } from '../../../../journal/find.ts';
import { filesOf } from '../../../../journal/name-run.ts';
import { scoreText } from '../../../../shared/score-text.ts';
import { EXIT, type CommandContext } from '../../../cli-process.ts';
import { csvEntry } from './csv-entry.ts';
import type { HistoryEntry, RunState } from './entry.ts';
import { journalEntry } from './journal-entry.ts';
import { counted } from '../../../../shared/counted.ts';

export interface HistoryOptions {
  readonly model?: string;
  readonly state?: RunState;
  readonly scorer?: string;
  /** `YYYY-MM-DD`, local time. */
  readonly since?: string;
  readonly limit?: number;
  readonly json?: boolean;
}

/** Lists the runs below `csv/history`, the newest first. */
export async function historyCommand(
  context: CommandContext,
  folder: string,
  options: HistoryOptions,
): Promise<number> {
  const root = historyFolder(folder);
  const all = await readEntries(root);
  const fitting = all
    .filter((entry) => fits(entry, options))
    .toSorted((a, b) => (a.date === b.date ? compare(a.file, b.file) : compare(b.date, a.date)));
  const shown = fitting.slice(0, options.limit ?? fitting.length);
  if (options.json === true) {
    context.printJson({ folder: root, runs: shown });
    return EXIT.ok;
  }
  for (const entry of shown) {
    const [facts, ...others] = linesOf(entry, root);
    context.printTable(facts);
    context.print(others.join('\n'));
  }
  const left = fitting.length - shown.length;
  if (left > 0) context.note(`${left} older runs are not shown (--limit).`);
  if (fitting.length === 0) {
    context.note(
      all.length === 0 ? `No runs below ${root}.` : `None of the ${all.length} runs below ${root} fits.`,
    );
  }
  return EXIT.ok;
}

/** The folder that a search was given, or the one of the histories itself. @throws usage error `history-folder` */
function historyFolder(folder: string): string {
  const below = path.join(folder, 'csv', 'history');
  if (fs.existsSync(below)) return below;
  if (fs.existsSync(folder) && fs.statSync(folder).isDirectory()) return folder;
  throw usageError(
    'history-folder',
    `There is no folder ${folder}: give the one that runs were written to (--folder of search).`,
  );
}

async function readEntries(root: string): Promise<HistoryEntry[]> {
  const journals = listJournals(root);
  const ours = new Set(journals.map((journal) => filesOf(journal).csv));
  const others = fs
    .readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.toLowerCase().endsWith('.csv'))
    .map((file) => path.join(root, file))
    .filter((file) => !ours.has(file));
  const entries = journals.map(journalEntry);
  for (const file of others) entries.push(await csvEntry(file));
  return entries;
}

function fits(entry: HistoryEntry, { model, state, scorer, since }: HistoryOptions): boolean {
  const has = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase());
  if (state !== undefined && entry.state !== state) return false;
  if (model !== undefined && ![entry.modelA, entry.modelB, entry.output].some((name) => has(name, model)))
    return false;
  if (scorer !== undefined && !has(entry.scorer, scorer)) return false;
  return since === undefined || entry.date >= since;
}

/** Two lines, short enough for any terminal: what became of it, and what it is. */
function linesOf(entry: HistoryEntry, root: string): [facts: string, ...others: string[]] {
  const { state, best, bestIteration, scored, failed, hours, scorer, optimizer, reason } = entry;
  const total = scored + failed;
  const count = `${counted(total, 'iteration')}${failed > 0 ? ` (${failed} failed)` : ''}`;
  const result = best === null ? 'no score' : `best ${scoreText(best)} at ${bestIteration}`;
  const facts = [
    (entry.date || '(no date)').slice(0, 16).padEnd(16),
    (state === 'csv' ? 'no journal' : state).padEnd(10),
    ...(state === 'unreadable'
      ? []
      : [result, count, ...(hours === null ? [] : [`${hours.toFixed(1)} h`]), scorer, optimizer]),
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
