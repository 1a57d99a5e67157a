/** Which process a temporary file belongs to, as its name says it: so that those of killed processes are found again. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import { isWriterAlive } from './process-identity.ts';

/** `<machine>-<pid>`: 8 hex digits and a number. */
export function ownerTag(): string {
  return `${machineTag()}-${process.pid}`;
}

/** Of this user on this computer; each of them has locks of his own. */
export function userTag(): string {
  return `${machineTag()}u${process.getuid?.() ?? 0}`;
}

/** Is the process that made the file gone? A file that this process knows to be its own must not be asked about. */
export function isAbandoned(owner: string, file: string): boolean {
  const [host, number] = owner.split('-');
  const pid = Number(number);
  const written = fs.statSync(file).mtimeMs;
  if (host !== machineTag()) return Date.now() - written > FOREIGN_AGE_MS;
  // Our own number, but not our file: a killed predecessor in a container, where numbers come again. They come again
  // elsewhere too: a process that began after the last write is another one.
  return pid === process.pid || !isWriterAlive(pid, written);
}

/** A file of another machine in a shared folder may still be growing; after a day without a write it is not. */
const FOREIGN_AGE_MS = 24 * 3600 * 1000;

/** Of this computer, by its name: 8 hex digits. */
export function machineTag(): string {
  return createHash('sha256').update(os.hostname()).digest('hex').slice(0, 8);
}
