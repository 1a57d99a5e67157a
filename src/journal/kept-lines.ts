/**
 * The lines of a file that is held open. Before the next one is written the file is looked at: a folder that was removed, a
 * file that was moved or cut takes no more than a moment of the run, for every line is kept in memory as well, packed.
 */
import fs from 'node:fs';
import path from 'node:path';
import { messageOf } from '../shared/errors.ts';
import { nameLeads } from '../shared/files/name-leads.ts';
import type { ProcessLock } from '../shared/process/process-lock.ts';
import { syncFolder } from '../shared/files/sync-folder.ts';
import { returnToWorkingFolder } from '../shared/files/working-folder.ts';
import { writeBytes } from '../shared/files/write-bytes.ts';
import { makeFolder } from '../shared/files/make-folder.ts';
import { PackedLines } from './packed-lines.ts';

/** Somebody else writes the file, or has put another one in its place: it is not written any more. */
export class FileTaken extends Error {
  override readonly name = 'FileTaken';
}

/** Bytes that are read at once. */
const PART = 64 * 1024;

export class KeptLines {
  readonly #file: string;
  readonly #lock: ProcessLock;
  readonly #lines = new PackedLines();
  #handle: number;
  #size: number;
  /** A line was begun, could not be finished, and could not be cut off again. */
  #isTorn = false;
  #taken: FileTaken | undefined;

  /** @param handle of the file, for reading and writing; whole lines, all that it holds */
  constructor(file: string, handle: number, lock: ProcessLock) {
    this.#file = file;
    this.#handle = handle;
    this.#lock = lock;
    this.#size = this.#readAll();
  }

  /** @returns what had to be put right first, as a sentence; @throws FileTaken; an error with `errno` from the system */
  append(line: Buffer): string | undefined {
    const sentence = this.check();
    try {
      writeBytes(this.#handle, line, this.#size);
      fs.fdatasyncSync(this.#handle);
    } catch (error) {
      // A full disk takes a part of the line; readers leave it out, and the next line must not follow it.
      this.#cutOff();
      throw error;
    }
    this.#size += line.length;
    this.#lines.add(line);
    return sentence;
  }

  /** The file is there, whole, under its name. @returns and throws as `append` */
  check(): string | undefined {
    if (this.#taken !== undefined) throw this.#taken;
    switch (nameLeads(this.#file, this.#handle)) {
      case 'gone':
        return this.#restore();
      case 'elsewhere':
        return this.#adopt();
      default:
        return this.#checkSize();
    }
  }

  /** @returns the bytes of the file, which are kept */
  #readAll(): number {
    const part = Buffer.alloc(PART);
    for (let at = 0; ;) {
      const count = fs.readSync(this.#handle, part, 0, PART, at);
      if (count === 0) return at;
      this.#lines.add(part.subarray(0, count));
      at += count;
    }
  }

  close(): void {
    fs.closeSync(this.#handle);
  }

  #checkSize(): string | undefined {
    if (this.#isTorn) this.#cutOff();
    const { size } = fs.fstatSync(this.#handle);
    if (size === this.#size) return undefined;
    if (this.#isTorn)
      throw Object.assign(new Error('EIO: an incomplete line cannot be cut off'), { errno: -5 });
    if (size > this.#size)
      throw this.#give('has lines that this run did not write: another program is writing to it too');
    this.#writeAll(this.#handle);
    return `The journal ${this.#file} was cut short by another program; it was written again.`;
  }

  #restore(): string {
    returnToWorkingFolder();
    makeFolder(path.dirname(this.#file));
    this.#lock.renew();
    this.#open('wx+');
    return `The journal ${this.#file} was removed or moved while the run was writing it; it was written again, with every iteration.`;
  }

  /** A copy that a backup or a sync tool has put there is as good as the file was; anything else is somebody else's. */
  #adopt(): string {
    const { size } = fs.statSync(this.#file);
    if (size > this.#size || !this.#begins(fs.readFileSync(this.#file)))
      throw this.#give('was replaced by another file while the run was writing it');
    this.#lock.renew();
    this.#open('r+');
    return `The journal ${this.#file} was replaced by a copy while the run was writing it; the run continues in the copy.`;
  }

  /** Do its lines begin with these bytes? */
  #begins(there: Buffer): boolean {
    let at = 0;
    for (const piece of this.#lines.pieces()) {
      const part = there.subarray(at, at + piece.length);
      if (!part.equals(piece.subarray(0, part.length))) return false;
      at += part.length;
    }
    return at === there.length;
  }

  /** The old handle goes first: Windows gives away the name of a removed file only then. */
  #open(flags: 'wx+' | 'r+'): void {
    const handle = fs.openSync(this.#file, flags);
    try {
      this.#writeAll(handle);
    } catch (error) {
      fs.closeSync(handle);
      throw error;
    }
    fs.closeSync(this.#handle);
    this.#handle = handle;
    syncFolder(path.dirname(this.#file));
  }

  #writeAll(handle: number): void {
    let position = 0;
    for (const piece of this.#lines.pieces()) {
      writeBytes(handle, piece, position);
      position += piece.length;
    }
    fs.ftruncateSync(handle, this.#size);
    fs.fsyncSync(handle);
    this.#isTorn = false;
  }

  #cutOff(): void {
    try {
      fs.ftruncateSync(this.#handle, this.#size);
      this.#isTorn = false;
    } catch {
      this.#isTorn = true;
    }
  }

  /** What the run has found is kept under another name. */
  #give(what: string): FileTaken {
    const kept = this.#keepBeside();
    this.#taken = new FileTaken(
      `The journal ${this.#file} ${what}, so the run stops; ${
        kept === undefined
          ? 'its own lines could not be saved'
          : `its own lines are in ${kept}: autombw resume "${kept}" continues from there`
      }.`,
    );
    return this.#taken;
  }

  #keepBeside(): string | undefined {
    const [, stem = this.#file, ending = ''] = /^(.*?)((?:\.\w+)?\.jsonl)$/s.exec(this.#file) ?? [];
    for (let n = 1; n <= 100; n++) {
      const file = `${stem}-kept${n === 1 ? '' : `-${n}`}${ending}`;
      try {
        fs.writeFileSync(file, Buffer.concat([...this.#lines.pieces()]), { flag: 'wx' });
        return file;
      } catch (error) {
        if (!messageOf(error).startsWith('EEXIST')) return undefined;
      }
    }
    return undefined;
  }
}
