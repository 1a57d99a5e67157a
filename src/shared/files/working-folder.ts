/** The folder in which the process was started: relative names of a run mean what lies in it, also when it was removed meanwhile. */
import fs from 'node:fs';

const started = process.cwd();

/**
 * Where somebody has removed the folder, or has put another one in its place, relative names lead nowhere: it is made again and
 * gone back to. @throws an error with `errno` from the system
 */
export function returnToWorkingFolder(): void {
  if (isThere()) return;
  fs.mkdirSync(started, { recursive: true });
  process.chdir(started);
}

function isThere(): boolean {
  const named = fs.statSync(started, { bigint: true, throwIfNoEntry: false });
  const held = fs.statSync('.', { bigint: true, throwIfNoEntry: false });
  return named !== undefined && held !== undefined && named.ino === held.ino && named.dev === held.dev;
}
