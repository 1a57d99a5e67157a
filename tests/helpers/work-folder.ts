/** A folder as a user has it: a small payload, and whatever a command writes into it. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseJournal } from '../../src/journal/read.ts';
import type { JournalRecord } from '../../src/journal/record.ts';
import { filesIn } from './files-in.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Two images, made in no time. */
export const TINY_PAYLOAD = { prompt: 'green hills', seed: 7, steps: 4, width: 64, height: 64, n_iter: 2 };

export interface WorkFolder {
  readonly path: string;
  /** @returns the absolute path */
  write(name: string, content: string | Readonly<Record<string, unknown>>): string;
  read(name: string): string;
  /** Paths of all files, relative and sorted. */
  files(): string[];
  /** The only file whose name ends so, relative. */
  only(suffix: string): string;
  journal(): readonly JournalRecord[];
}

export function makeWorkFolder(): WorkFolder {
  const folder = temporaryFolder('cli');
  const files = (): string[] =>
    filesIn(folder)
      // A file that is being replaced is there under another name for a moment.
      .filter((file) => statSync(path.join(folder, file), { throwIfNoEntry: false })?.isFile() === true)
      .map((file) => file.replaceAll('\\', '/'))
      .toSorted();
  const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
  const only = (suffix: string): string => {
    const found = files().filter((file) => file.endsWith(suffix));
    const [first] = found;
    if (first === undefined || found.length > 1)
      throw new Error(`${found.length} files end in ${suffix}: ${found.join(', ')}`);
    return first;
  };
  const write = (name: string, content: string | Readonly<Record<string, unknown>>): string => {
    const file = path.join(folder, name);
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };
  write('hills.json', TINY_PAYLOAD);
  return {
    path: folder,
    write,
    read,
    files,
    only,
    journal: () => parseJournal(read(only('.journal.jsonl')), 'the test').records,
  };
}

/** What `search` cannot do without, and a quick search. */
export const BASICS: readonly string[] = [
  '--payload hills.json --model-a modelA --model-b modelB --output O',
  '--optimizer random --no-early-stop --no-baselines --no-prove --save-best none',
].flatMap((line) => line.split(' '));
