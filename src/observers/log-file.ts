/** The file behind a log: written line by line, and written again from what is still held open when its name is gone. */
import fs from 'node:fs';
import path from 'node:path';
import { counted } from '../shared/counted.ts';
import { messageOf } from '../shared/errors.ts';
import { nameLeads } from '../shared/files/name-leads.ts';
import { returnToWorkingFolder } from '../shared/files/working-folder.ts';
import { writeBytes } from '../shared/files/write-bytes.ts';
import { isSystemError, systemReason } from '../shared/system-error.ts';
import { makeFolder } from '../shared/files/make-folder.ts';

/** Characters of lines that wait for a disk that refuses them. */
const MOST_HELD = 1 << 20;

export class LogFile {
  readonly #file: string;
  readonly #onTrouble: (message: string) => void;
  #handle: number;
  #isClosed = false;
  /** Lines that the disk has refused, and how many more there were than {@link MOST_HELD} takes. */
  #held = '';
  #left = 0;
  #isRefusing = false;

  /** @throws an error with `errno` from the system */
  constructor(file: string, onTrouble: (message: string) => void) {
    this.#file = file;
    this.#onTrouble = onTrouble;
    makeFolder(path.dirname(file));
    // Only at the end, and to be read again.
    this.#handle = fs.openSync(file, 'a+');
  }

  /** Whole lines; none after it was closed. What the disk refuses is told once, held, and written before what comes next. */
  write(lines: string): void {
    if (this.#isClosed) return;
    try {
      this.#append(this.#held + lines);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#hold(lines, error);
      return;
    }
    if (!this.#isRefusing) return;
    const lost = this.#left === 0 ? '' : `, except for ${counted(this.#left, 'line')}`;
    this.#held = '';
    this.#left = 0;
    this.#isRefusing = false;
    this.#onTrouble(`The log ${this.#file} was rewritten completely${lost}.`);
  }

  #hold(lines: string, error: Error): void {
    if (this.#held.length + lines.length <= MOST_HELD) this.#held += lines;
    else this.#left += lines.split('\n').length - 1;
    if (this.#isRefusing) return;
    this.#isRefusing = true;
    this.#onTrouble(
      `The log ${this.#file} cannot be written (${systemReason(error)}); the run continues, and its lines will be written once the disk accepts them.`,
    );
  }

  /** @throws an error with `errno` from the system; nothing of the lines is left in the file then, if it can be helped */
  #append(lines: string): void {
    this.#find();
    const { size } = fs.fstatSync(this.#handle);
    try {
      writeBytes(this.#handle, Buffer.from(lines), null);
    } catch (error) {
      try {
        fs.ftruncateSync(this.#handle, size);
      } catch {
        // Readers leave out a half line.
      }
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    fs.closeSync(this.#handle);
  }

  #find(): void {
    const state = nameLeads(this.#file, this.#handle);
    if (state === 'leads') return;
    returnToWorkingFolder();
    makeFolder(path.dirname(this.#file));
    const handle = fs.openSync(this.#file, 'a+');
    // What somebody else has put there stays; the rest of the log follows it.
    const lost = state === 'gone' ? this.#copyTo(handle) : undefined;
    fs.closeSync(this.#handle);
    this.#handle = handle;
    this.#onTrouble(
      state === 'elsewhere'
        ? `The log ${this.#file} was replaced by another file; logging continues in that one.`
        : lost === undefined
          ? `The log ${this.#file} was removed or moved while the run was writing it; it was written again.`
          : `The log ${this.#file} was removed while the run was writing it and restarts here: its earlier lines can no longer be read (${lost}).`,
    );
  }

  /** @returns why not */
  #copyTo(handle: number): string | undefined {
    try {
      const chunk = Buffer.alloc(64 * 1024);
      for (let at = 0; ;) {
        const count = fs.readSync(this.#handle, chunk, 0, chunk.length, at);
        if (count === 0) return undefined;
        writeBytes(handle, chunk.subarray(0, count), null);
        at += count;
      }
    } catch (error) {
      return messageOf(error);
    }
  }
}
