import fs from 'node:fs';
import path from 'node:path';
import { findJournal, listJournals } from '../../../journal/find.ts';
import { startPage } from '../../../page/server.ts';
import { keptToken } from '../../../page/token.ts';
import { untilAborted } from '../../../shared/abort/on-abort.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { interruptible } from '../interruptible.ts';
import { createRunList } from './run-list.ts';

export interface WatchOptions {
  readonly port: number;
  readonly host: string;
  readonly folder: string;
  readonly newToken?: boolean;
}

/** Serves the live page of a run, or of all runs of a folder, until it is interrupted; the runs do not notice. */
export async function watchCommand(
  context: CommandContext,
  run: string | undefined,
  { port, host, folder, newToken = false }: WatchOptions,
): Promise<number> {
  const list = createRunList(journalsOf(run, folder));
  return interruptible(context, {}, async ({ signal }) => {
    const { env } = context.process;
    const onTrouble = (sentence: string): void => context.note(`! ${sentence}`);
    const token = (): string => keptToken({ env, isNew: newToken, onTrouble });
    const page = await startPage({ list, port, host, token });
    try {
      if (!signal.aborted) {
        context.print(`The page is at ${page.url} ; Ctrl-C closes the page but does not stop any run.`);
        await untilAborted(signal);
      }
    } finally {
      await page.close();
    }
    return EXIT.ok;
  });
}

/** @throws usage error `run-not-found` */
function journalsOf(run: string | undefined, folder: string): () => readonly string[] {
  if (run === undefined || isFolder(run)) {
    const root = run ?? folder;
    const histories = path.join(root, 'csv', 'history');
    return () => listJournals(isFolder(histories) ? histories : root);
  }
  const journal = findJournal(run, folder);
  return () => [journal];
}

function isFolder(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}
