/** Searches that never began: killed, or refused by the disk, before their journal had its first line, and nothing could be removed then. */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseJson } from '../shared/parse-json.ts';
import { isSystemError } from '../shared/system-error.ts';
import { liveOwner } from './find.ts';
import { JOURNAL_SUFFIX } from './name-run.ts';

/** Endings of what is written before the first line of the journal, and of what it is written to first. */
const OF_BEGINNING = /^\.(?:journal\.jsonl(?:\.lock(?:\.old)?)?|log|status\.json|.*\.tmp)$/s;
/** One that has just been created has no lock yet. */
const BEGINNING_MS = 60_000;
/** Bytes: no half plan is larger. */
const LARGEST = 16 * 2 ** 20;

/**
 * Removes what they have left: nobody can go on with them. Never throws: it does no harm.
 * @param folder of journals
 */
export async function clearNeverBegun(folder: string): Promise<void> {
  try {
    const files = await readdir(folder);
    const stems = files.flatMap(
      (file) => /^(.*)\.journal\.jsonl(?:\.lock(?:\.old)?)?$/s.exec(file)?.[1] ?? [],
    );
    for (const stem of new Set(stems)) {
      const own = files.filter((file) => file.startsWith(`${stem}.`));
      // Whoever has begun has more.
      if (!own.every((file) => OF_BEGINNING.test(file.slice(stem.length)))) continue;
      if (!(await isNeverBegun(path.join(folder, stem + JOURNAL_SUFFIX)))) continue;
      // The journal last: what is left then is found again.
      for (const file of own.toSorted((one, other) => other.length - one.length))
        await rm(path.join(folder, file), { force: true });
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

async function isNeverBegun(journal: string): Promise<boolean> {
  if (liveOwner(journal) !== undefined) return false;
  const [there, lock] = await Promise.all(
    [journal, `${journal}.lock`].map(async (file) => stat(file).catch(() => undefined)),
  );
  const newest = Math.max(there?.mtimeMs ?? 0, lock?.mtimeMs ?? 0);
  if (Date.now() - newest < BEGINNING_MS) return false;
  // Of one that was removed its lock is left.
  if (there === undefined) return true;
  if (there.size > LARGEST) return false;
  const text = await readFile(journal, 'utf8');
  // A whole line is a plan, also where its line feed was lost.
  return text === '' || (text.startsWith(BEGINNING) && !text.includes('\n') && parseJson(text) === undefined);
}

/** Of the first line of every journal. */
const BEGINNING = '{"kind":';
