/** Writes a journal: a record is on the disk before `append` returns, and so before anyone learns of it. */
import fs from 'node:fs';
import path from 'node:path';
import { messageOf, runError, usageError } from '../errors.ts';
import type { JournalRecord } from './record.ts';

/** @typeParam Line what a line of it is; those of a run unless told */
export interface Journal<Line = JournalRecord> {
  readonly file: string;
  /** @throws run error `journal-write` when the disk refuses */
  append(record: Line): void;
  close(): void;
}

/** A journal that must not exist yet. @throws usage error `journal-exists`, `folder-not-writable` */
export function createJournal<Line = JournalRecord>(file: string): Journal<Line> {
  const folder = path.dirname(file);
  const notWritable = (cause: unknown): Error =>
    usageError(
      'folder-not-writable',
      `The folder ${folder} cannot be written to (${messageOf(cause)}); choose another one with --folder.`,
      { cause },
    );
  try {
    fs.mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw notWritable(cause);
  }
  try {
    fs.closeSync(fs.openSync(file, 'wx'));
    syncFolder(folder);
  } catch (cause) {
    if (isCode(cause, 'EEXIST')) throw usageError('journal-exists', `${file} exists already.`, { cause });
    throw notWritable(cause);
  }
  return openForAppend(file);
}

/**
 * Goes on with a journal. Only one process may have it open; a half-written last line, left by a crash, is cut off.
 * @throws usage error `journal-in-use`
 */
export function reopenJournal<Line = JournalRecord>(file: string): Journal<Line> {
  return openForAppend(file);
}

function openForAppend<Line>(file: string): Journal<Line> {
  const lock = takeLock(file);
  let fd: number;
  try {
    fd = fs.openSync(file, 'r+');
    fs.ftruncateSync(fd, endOfLastLine(fd));
  } catch (cause) {
    fs.rmSync(lock, { force: true });
    throw usageError(
      'journal-not-writable',
      `The journal ${file} cannot be opened for writing (${messageOf(cause)}).`,
      {
        cause,
      },
    );
  }
  let size = fs.fstatSync(fd).size;
  let open = true;
  return {
    file,
    append(record) {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      try {
        // A full disk writes a part of the line; the next append must not continue it.
        fs.writeSync(fd, line, 0, line.length, size);
        fs.fdatasyncSync(fd);
      } catch (cause) {
        throw runError(
          'journal-write',
          `The journal ${file} cannot be written (${messageOf(cause)}); free some space and resume the run.`,
          { cause },
        );
      }
      size += line.length;
    },
    close() {
      if (!open) return;
      open = false;
      fs.closeSync(fd);
      fs.rmSync(lock, { force: true });
    },
  };
}

/** The lock names its process, so that one left by a crash is recognised. */
function takeLock(file: string): string {
  const lock = `${file}.lock`;
  for (let attempt = 0; ; attempt++) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return lock;
    } catch (cause) {
      if (!isCode(cause, 'EEXIST')) {
        throw usageError(
          'journal-not-writable',
          `The journal ${file} cannot be locked (${messageOf(cause)}).`,
          { cause },
        );
      }
      const owner = Number(fs.readFileSync(lock, 'utf8'));
      if (attempt > 0 || (owner !== process.pid && isAlive(owner))) {
        throw usageError(
          'journal-in-use',
          `The run ${file} is being written by process ${owner}; wait for it or stop it first.`,
          { cause },
        );
      }
      fs.rmSync(lock, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

function endOfLastLine(fd: number): number {
  const { size } = fs.fstatSync(fd);
  const chunk = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - chunk.length);
    const read = fs.readSync(fd, chunk, 0, end - start, start);
    const newline = chunk.subarray(0, read).lastIndexOf(0x0a);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}

/** Makes the new name itself durable; Windows knows no such thing and refuses. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = fs.openSync(folder, 'r');
  fs.fsyncSync(fd);
  fs.closeSync(fd);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
