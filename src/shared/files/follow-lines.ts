/**
 * Follows a file that other processes append lines to, by looking at it again and again: it works on every file system, without
 * notices of the kernel. A last line without its end is waited for; a file that was replaced or cut is read from its beginning.
 */
import { open } from 'node:fs/promises';
import fs from 'node:fs';
import { assertRegularFile } from './read-file.ts';

export interface NewLines {
  /** What was given before is no longer so: these lines are from the beginning of the file. */
  readonly isAnew: boolean;
  /** Whole ones, in their order, without their line feeds. */
  readonly lines: readonly string[];
}

export interface FollowOptions {
  /** Of a long file only about so many bytes at its end are wanted at first; all of it unless given. */
  readonly tail?: number;
  /** Most bytes of the file; any number unless given. */
  readonly limit?: number;
}

const LINE_FEED = 10;
/** Bytes read at once. */
const PART = 4_000_000;
/** Bytes before the place where reading goes on: when they are others, so is the file. */
const ANCHOR = 512;
/** Bytes that a line without an end may have; what is longer is no line of ours and is passed over. */
const LONGEST_LINE = 64_000_000;

export class LineFollower {
  readonly file: string;
  readonly #tail: number | undefined;
  readonly #limit: number | undefined;
  /** Where reading goes on: behind the last line feed that was seen. */
  #offset = 0;
  #anchor: Buffer = Buffer.alloc(0);
  #inode: number | undefined;
  /** Size and time of change when it was last read to its end. */
  #seen = '';

  constructor(file: string, { tail, limit }: FollowOptions = {}) {
    this.file = file;
    this.#tail = tail;
    this.#limit = limit;
  }

  /**
   * What has come since the last call. A file that is gone for a moment brings nothing.
   * @throws FileRefused; an error with `errno` of the system, but for a file that is not there
   */
  async read(): Promise<NewLines> {
    const stats = fs.statSync(this.file, { throwIfNoEntry: false });
    if (stats === undefined) return { isAnew: false, lines: [] };
    const seen = `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
    if (seen === this.#seen) return { isAnew: false, lines: [] };
    assertRegularFile(this.file, this.#limit);
    const handle = await open(this.file, 'r');
    try {
      const { ino, size } = await handle.stat();
      const isAnew = this.#inode !== undefined && !(await this.#isSame(handle, ino, size));
      if (this.#inode === undefined || isAnew) await this.#begin(handle, size);
      this.#inode = ino;
      const lines = await this.#readOn(handle, size);
      this.#seen = seen;
      return { isAnew, lines };
    } finally {
      await handle.close();
    }
  }

  async #isSame(handle: fs.promises.FileHandle, ino: number, size: number): Promise<boolean> {
    if (ino !== this.#inode || size < this.#offset) return false;
    return this.#anchor.equals(
      await bytesAt(handle, this.#offset - this.#anchor.length, this.#anchor.length),
    );
  }

  async #begin(handle: fs.promises.FileHandle, size: number): Promise<void> {
    this.#anchor = Buffer.alloc(0);
    this.#offset = 0;
    if (this.#tail === undefined || size <= this.#tail) return;
    const part = await bytesAt(handle, size - this.#tail, this.#tail);
    const end = part.indexOf(LINE_FEED) + 1;
    this.#offset = size - this.#tail + end;
    this.#anchor = part.subarray(Math.max(0, end - ANCHOR), end);
  }

  /** @param size of the file, which may be more by now */
  async #readOn(handle: fs.promises.FileHandle, size: number): Promise<string[]> {
    const lines: string[] = [];
    // A large buffer for every few bytes would keep the garbage collector busy. One byte more tells whether the file has grown.
    let length = Math.min(PART, size - this.#offset + 1);
    for (;;) {
      const part = await bytesAt(handle, this.#offset, length);
      const end = part.lastIndexOf(LINE_FEED) + 1;
      if (end === 0) {
        // One line, longer than what was read, or not whole yet.
        if (part.length < length || length >= LONGEST_LINE) return lines;
        length *= 2;
        continue;
      }
      const whole = part.subarray(0, end);
      for (const line of whole.subarray(0, -1).toString('utf8').split('\n')) lines.push(line);
      this.#offset += end;
      this.#anchor = Buffer.from(whole.subarray(Math.max(0, end - ANCHOR)));
      if (part.length < length) return lines;
      length = PART;
    }
  }
}

/** Fewer where the file ends. */
async function bytesAt(handle: fs.promises.FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
