/** Writes a journal: a record is on the disk before `append` returns, and so before anyone learns of it. */
import fs from 'node:fs';
import path from 'node:path';
import { runError, usageError, type AutombwError } from '../shared/errors.ts';
import { codeOf, systemReason } from '../shared/system-error.ts';
import { LockHeld, takeLock, type ProcessLock } from '../shared/process/process-lock.ts';
import { discard } from '../shared/files/replace-file.ts';
import { syncFolder } from '../shared/files/sync-folder.ts';
import { FileTaken, KeptLines } from './kept-lines.ts';
import type { JournalRecord } from './record.ts';
import { makeFolder } from '../shared/files/make-folder.ts';

/** @typeParam Line what a line of it is; those of a run by default */
export interface Journal<Line = JournalRecord> {
  readonly file: string;
  /**
   * Looks first whether the file is still there, and writes it again where it is not.
   * @returns what had to be put right, as a sentence
   * @throws run error `journal-write` when the disk refuses, `journal-taken` when another program has put itself in its place
   */
  append(record: Line): string | undefined;
  /** The same look without a record: before anybody is told that everything is done. @returns and throws as `append` */
  check(): string | undefined;
  /** Never throws. @returns what could not be put in order, as a sentence */
  close(): string | undefined;
}

/** A journal that must not exist yet. @throws usage error `journal-exists`, `folder-not-writable` */
export function createJournal<Line = JournalRecord>(file: string): Journal<Line> {
  const folder = path.dirname(file);
  const notWritable = (cause: unknown): Error =>
    usageError(
      'folder-not-writable',
      `The folder ${folder} cannot be written to (${systemReason(cause)}); choose another one with --folder.`,
      { cause },
    );
  try {
    makeFolder(folder);
  } catch (cause) {
    throw notWritable(cause);
  }
  try {
    fs.closeSync(fs.openSync(file, 'wx'));
    syncFolder(folder);
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') throw usageError('journal-exists', `${file} exists already.`, { cause });
    throw notWritable(cause);
  }
  try {
    return openForAppend(file);
  } catch (error) {
    discard(file);
    throw error;
  }
}

/** A journal that is complete at once. @throws as {@link createJournal} and `append`; then there is none */
export function writeJournal(file: string, records: Iterable<JournalRecord>): void {
  const journal = createJournal(file);
  try {
    for (const record of records) journal.append(record);
  } catch (error) {
    journal.close();
    discard(file);
    throw error;
  }
  journal.close();
}

/** A journal that this process has just created and nothing came of: as if it had never been. @returns whether nothing came of it */
export function withdrawJournal(journal: Pick<Journal, 'file' | 'close'>): boolean {
  journal.close();
  try {
    if (fs.statSync(journal.file).size > 0) return false;
  } catch {
    return false;
  }
  // An empty file does no harm, and why it is withdrawn is the thing to tell.
  discard(journal.file);
  return true;
}

/**
 * Goes on with a journal. Only one process may have it open; a half-written last line, left by a crash, is cut off.
 * @throws usage error `journal-in-use`
 */
export function reopenJournal<Line = JournalRecord>(file: string): Journal<Line> {
  return openForAppend(file);
}

function openForAppend<Line>(file: string): Journal<Line> {
  const lock = lockOf(file);
  let handle: number | undefined;
  let lines: KeptLines;
  try {
    handle = fs.openSync(file, 'r+');
    fs.ftruncateSync(handle, endOfLastLine(handle));
    lines = new KeptLines(file, handle, lock);
  } catch (cause) {
    try {
      if (handle !== undefined) fs.closeSync(handle);
      lock.release();
    } catch {
      // Why the journal cannot be opened is the thing to tell; the lock names a process that is gone soon.
    }
    throw usageError(
      'journal-not-writable',
      `The journal ${file} cannot be opened for writing (${systemReason(cause)}).`,
      { cause },
    );
  }
  let isOpen = true;
  const orRefused = (write: () => string | undefined): string | undefined => {
    try {
      return write();
    } catch (cause) {
      throw refusal(file, cause);
    }
  };
  return {
    file,
    append: (record) => orRefused(() => lines.append(Buffer.from(`${JSON.stringify(record)}\n`))),
    check: () => orRefused(() => lines.check()),
    close() {
      if (!isOpen) return undefined;
      isOpen = false;
      try {
        lines.close();
        lock.release();
        return undefined;
      } catch (cause) {
        return `The lock ${lock.file} could not be removed (${systemReason(cause)}); it is harmless, and the next resume removes it.`;
      }
    },
  };
}

function refusal(file: string, cause: unknown): AutombwError {
  if (cause instanceof FileTaken) return runError('journal-taken', cause.message, { cause });
  if (cause instanceof LockHeld) {
    return runError(
      'journal-taken',
      `The journal ${file} was removed, and is now being written by ${cause.holder}; this run stops.`,
      { cause },
    );
  }
  const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(cause) ?? '');
  return runError(
    'journal-write',
    `The journal ${file} cannot be written (${systemReason(cause)}); ${isFull ? 'free some space' : 'check the disk'} and resume the run.`,
    { cause },
  );
}

function lockOf(file: string): ProcessLock {
  const lock = `${file}.lock`;
  try {
    return takeLock(lock);
  } catch (cause) {
    if (cause instanceof LockHeld) {
      throw usageError(
        'journal-in-use',
        `The run ${file} is being written by ${cause.holder}; wait for it to finish, or stop it. If that process is not autombw working on this run, delete the file ${lock}.`,
        { cause },
      );
    }
    throw usageError(
      'journal-not-writable',
      `The journal ${file} cannot be locked (${systemReason(cause)}).`,
      {
        cause,
      },
    );
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
