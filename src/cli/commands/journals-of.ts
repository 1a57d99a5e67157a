/** The journals that a command is about, as it names them. */
import fs from 'node:fs';
import path from 'node:path';
import { CHAIN_SUFFIX, readChainJournal } from '../../journal/chain-record.ts';
import { findJournal } from '../../journal/find.ts';
import { usageError } from '../../shared/errors.ts';
import type { CommandContext } from '../cli-process.ts';

/** A chain stands for all its searches that have begun and are still there. */
export async function journalsOf(context: CommandContext, run: string, folder: string): Promise<string[]> {
  if (!run.endsWith(CHAIN_SUFFIX)) return [findJournal(run, folder)];
  // csv/history/<chain>: the journals in it are relative to the folder above.
  const base = path.dirname(path.dirname(path.dirname(path.resolve(run))));
  const begun = (await readChainJournal(run)).flatMap((record) =>
    record.kind === 'begun' ? [path.relative('.', path.join(base, record.journal))] : [],
  );
  const there = begun.filter((journal) => fs.existsSync(journal));
  if (there.length === 0) {
    throw usageError(
      'run-not-found',
      begun.length === 0
        ? `No search of the chain ${run} has started yet: start with autombw resume.`
        : `None of the journals of the chain ${run} exists any more (${begun.join(', ')}).`,
    );
  }
  for (const journal of begun) if (!there.includes(journal)) context.note(`! ${journal} no longer exists.`);
  return there;
}
