/** What a process that was killed has left of files that it was writing: see replace-file.ts. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { isRunning } from '../process/process-identity.ts';
import { isSystemError } from '../system-error.ts';

const UNFINISHED = /\.(\d+)-\d+\.tmp$/;

/**
 * Removes files that will never be finished. Never throws: they do no harm.
 * @param prefix of their names: others may belong to somebody else
 */
export async function clearLeftovers(folder: string, prefix = ''): Promise<void> {
  try {
    for (const file of await readdir(folder)) {
      const [, pid] = UNFINISHED.exec(file) ?? [];
      if (pid === undefined || !file.startsWith(prefix) || isRunning(Number(pid))) continue;
      await rm(path.join(folder, file), { force: true });
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
