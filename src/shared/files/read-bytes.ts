/** Reading at a place of an open file: the system may give a part of what it is asked for. */
import fs from 'node:fs';

/**
 * Fills the array from a place in the file on.
 * @returns how many bytes there were: fewer than asked for only at the end of the file
 * @throws an error with `errno` from the system
 */
export function readBytes(handle: number, into: Uint8Array, position: number): number {
  let done = 0;
  while (done < into.length) {
    const count = fs.readSync(handle, into, done, into.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}
