/** Which runs a command could have meant that was given none. */
import fs from 'node:fs';
import path from 'node:path';
import { outputOf } from '../../journal/name-run.ts';
import type { CommandContext } from '../cli-process.ts';
import type { MissingRun } from '../program/complaints.ts';
import { linesOf, readEntry, runFiles } from './records/history/list.ts';

const MOST_LISTED = 5;

/** Says what is missing, and the newest runs of the folder or how to begin one. */
export async function sayRunsHere(context: CommandContext, missing: MissingRun): Promise<void> {
  const { command, wanted, isSecond, folder, takesCsv } = missing;
  const root = path.join(folder, 'csv', 'history');
  const files = fs.existsSync(root) ? runFiles(root) : [];
  const entries = [];
  let count = 0;
  for (const file of files) {
    if (!takesCsv && file.toLowerCase().endsWith('.csv')) continue;
    count++;
    if (entries.length < MOST_LISTED) entries.push(await readEntry(file));
  }
  const [newest] = entries;
  if (newest === undefined) {
    const where = folder === '.' ? 'in this folder' : `in ${folder}`;
    context.note(
      `autombw: ${command} needs ${wanted}, and there are no runs ${where} (csv/history). autombw init writes a payload and a config file, and autombw search --config FILE starts a run.`,
    );
    return;
  }
  const how =
    count === 1
      ? 'There is one'
      : `There are ${count}${count > entries.length ? `; the newest ${entries.length}` : ', newest first'}`;
  context.note(`autombw: ${command} needs ${wanted}. ${how}:`);
  for (const entry of entries) context.note(linesOf(entry, root).join('\n'));
  const more = count > entries.length ? ' autombw history lists all.' : '';
  const place = folder === '.' ? '' : ` --folder "${folder}"`;
  context.note(
    `For example: autombw ${command}${isSecond ? ' RUN' : ''} ${quoted(newest.state === 'csv' ? newest.file : outputOf(newest.file))}${place}; the name of a merged model stands for its newest run.${more}`,
  );
}

function quoted(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `"${name}"`;
}
