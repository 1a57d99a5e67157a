import fs from 'node:fs';
import path from 'node:path';
import { usageError } from '../../../../shared/errors.ts';
import { EXIT, type CommandContext } from '../../../cli-process.ts';
import type { HistoryEntry, RunState } from './entry.ts';
import { counted } from '../../../../shared/counted.ts';
import { linesOf, readEntry, runFiles } from './list.ts';

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
  const isFile = fs.existsSync(folder) && fs.statSync(folder).isFile();
  const root = historyFolder(isFile ? path.dirname(folder) : folder);
  const all: HistoryEntry[] = [];
  for (const file of isFile ? [folder] : runFiles(root)) all.push(await readEntry(file));
  const fitting = all.filter((entry) => fits(entry, options));
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
  if (left > 0) context.note(`${counted(left, 'older run')} not shown (--limit).`);
  if (fitting.length === 0) {
    const place = root === '.' ? 'in this folder' : `in ${root}`;
    context.note(
      all.length === 0 ? `There are no runs ${place}.` : `No run ${place} matches (${all.length} in all).`,
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

function fits(entry: HistoryEntry, { model, state, scorer, since }: HistoryOptions): boolean {
  const has = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase());
  if (state !== undefined && entry.state !== state) return false;
  if (model !== undefined && ![entry.modelA, entry.modelB, entry.output].some((name) => has(name, model)))
    return false;
  if (scorer !== undefined && !has(entry.scorer, scorer)) return false;
  return since === undefined || entry.date >= since;
}
