import fs from 'node:fs';
import path from 'node:path';
import { explainFile, importanceLines, type BarStyle } from '../../../importance/index.ts';
import { findJournal } from '../../../journal/find.ts';
import { JOURNAL_SUFFIX } from '../../../journal/name-run.ts';
import { DIM, accentCode, painter } from '../../../plot/terminal-style.ts';
import { columnsOf, hasColour } from '../../../shared/terminal/abilities.ts';
import { EXIT, type CliProcess, type CommandContext } from '../../cli-process.ts';
import { canDrawBlocks } from '../records/weight-strip.ts';

export interface ExplainCommandOptions {
  readonly folder: string;
  readonly json?: boolean;
}

/** Too little data is an answer, and no failure. */
export async function explainCommand(
  context: CommandContext,
  run: string,
  { folder, json }: ExplainCommandOptions,
): Promise<number> {
  const file = isLoneCsv(run) ? run : findJournal(run, folder);
  const importance = await explainFile(file);
  if (json === true) context.printJson({ file, ...importance });
  else context.printInColour(importanceLines(importance, barStyleOf(context.process)).join('\n'));
  return EXIT.ok;
}

/** Colours for people at a terminal that wants them. */
export function barStyleOf(process: CliProcess): BarStyle {
  const { stdout, env } = process;
  const paint = painter(hasColour(stdout, env));
  return {
    width: Math.max(40, Math.min(columnsOf(stdout), 120)),
    unicode: canDrawBlocks(process),
    paint: (text, part) => paint(text, part === 'bar' ? accentCode(0) : DIM),
  };
}

/** Without a journal beside it: another program's. */
function isLoneCsv(run: string): boolean {
  if (path.extname(run).toLowerCase() !== '.csv' || !fs.existsSync(run)) return false;
  return !fs.existsSync(run.slice(0, -4) + JOURNAL_SUFFIX);
}
