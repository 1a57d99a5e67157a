/** Writing that is finished or refused: the system may take a part of what it is given and say so only by a number. */
import fs from 'node:fs';

export type WriteSome = (
  handle: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number | null,
) => number;

/**
 * @param position in the file; null = where the handle stands, or its end when it was opened for appending
 * @throws an error with `errno` from the system; a part may have been written then
 */
export function writeBytes(
  handle: number,
  bytes: Uint8Array,
  position: number | null,
  write: WriteSome = fs.writeSync,
): void {
  let done = 0;
  while (done < bytes.length) {
    const at = position === null ? null : position + done;
    const count = write(handle, bytes, done, bytes.length - done, at);
    // It would go on for ever; no system is known to do it for a regular file.
    if (count <= 0) throw Object.assign(new Error('EIO: nothing was written'), { code: 'EIO', errno: -5 });
    done += count;
  }
}
