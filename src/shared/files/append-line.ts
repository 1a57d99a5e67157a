/** A line at the end of a file that several processes append to. */
import fs from 'node:fs';
import { readBytes } from './read-bytes.ts';
import { writeBytes } from './write-bytes.ts';

/**
 * Appends the line and syncs it. What a crash has cut off before it is ended first.
 * @param line without its line feed
 * @throws an error with `errno` from the system
 */
export function appendLine(file: string, line: string): void {
  const handle = fs.openSync(file, 'a+');
  try {
    // What a crash has cut off must not swallow this line.
    const lead = endsWithin(handle) ? '\n' : '';
    writeBytes(handle, Buffer.from(`${lead}${line}\n`), null);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** Does the file end within a line? */
function endsWithin(handle: number): boolean {
  const { size } = fs.fstatSync(handle);
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readBytes(handle, last, size - 1);
  return last[0] !== LINE_FEED;
}

const LINE_FEED = 10;
