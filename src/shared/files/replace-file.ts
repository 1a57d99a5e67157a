/**
 * Files that appear whole or not at all: written beside their name, then renamed. Whoever reads sees the old file or the new
 * one, never half of it, and a write that fails leaves the old one.
 */
import fs from 'node:fs';
import { rename as renamePromise, rm, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../system-error.ts';
import { writeBytes } from './write-bytes.ts';

/** Milliseconds between attempts to rename: 3.5 s in all, about as long as a virus scanner looks at a new file. */
const RENAME_PAUSES: readonly number[] = [10, 20, 50, 100, 200, 400, 700, 1000, 1000];

/** Only tests bring other ones. */
export interface RenameMeans {
  readonly platform?: NodeJS.Platform;
  readonly pauses?: readonly number[];
  readonly rename?: (from: string, to: string) => void;
  readonly sleep?: (milliseconds: number) => void;
}

/**
 * On Windows a file that a scanner, an indexer or a backup has open for a moment can be neither renamed nor replaced: there
 * it is tried again for a while. Elsewhere the same errors mean what they say.
 * @throws an error with `errno` from the system
 */
export function renameFile(from: string, to: string, means: RenameMeans = {}): void {
  const {
    platform = process.platform,
    pauses = RENAME_PAUSES,
    rename = fs.renameSync,
    sleep = sleepSync,
  } = means;
  for (let attempt = 0; ; attempt++) {
    try {
      rename(from, to);
      return;
    } catch (error) {
      const pause = pauses[attempt];
      if (pause === undefined || !isPassing(error, platform)) throw error;
      sleep(pause);
    }
  }
}

/** See {@link renameFile}; nothing else waits for it. */
export async function renameFileLater(
  from: string,
  to: string,
  rename: (from: string, to: string) => Promise<void> = renamePromise,
  { platform = process.platform, pauses = RENAME_PAUSES }: Pick<RenameMeans, 'platform' | 'pauses'> = {},
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      const pause = pauses[attempt];
      if (pause === undefined || !isPassing(error, platform)) throw error;
      await delay(pause);
    }
  }
}

export interface ReplaceMeans extends RenameMeans {
  readonly before?: () => void;
  /** Who may do what with the file, where the system has that; 0o666 without what the process leaves out unless given. */
  readonly mode?: number;
}

/**
 * @param before called when everything is written and nothing is named yet; what it throws takes the file back
 * @throws an error with `errno` from the system
 */
export function replaceFile(
  file: string,
  content: string | Uint8Array,
  { before, mode, ...means }: ReplaceMeans = {},
): void {
  const temporary = temporaryName(file);
  try {
    const handle = openNew(temporary, mode);
    try {
      writeBytes(handle, typeof content === 'string' ? Buffer.from(content) : content, null);
    } finally {
      fs.closeSync(handle);
    }
    before?.();
    renameFile(temporary, file, means);
  } catch (error) {
    discard(temporary);
    throw error;
  }
}

/** See {@link replaceFile}. */
export async function replaceFileLater(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = temporaryName(file);
  try {
    await writeNewFile(temporary, content);
    await renameFileLater(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * Its name can be guessed: what lies there already is a file of a process that was killed, or a link that somebody has laid out to
 * have another file written to. Neither is opened.
 */
function openNew(temporary: string, mode: number | undefined): number {
  try {
    return fs.openSync(temporary, 'wx', mode);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    fs.unlinkSync(temporary);
    return fs.openSync(temporary, 'wx', mode);
  }
}

/** See {@link openNew}. */
async function writeNewFile(temporary: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(temporary, content, { flag: 'wx' });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    await unlink(temporary);
    await writeFile(temporary, content, { flag: 'wx' });
  }
}

let count = 0;

/** Two programs, or two parts of this one, may write the same file at the same time. */
function temporaryName(file: string): string {
  return `${file}.${process.pid}-${++count}.tmp`;
}

/** Of a file that came to nothing. Never throws: the error that led here is the one to tell of. */
export function discard(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // It stays; nobody takes it for a whole one.
  }
}

function isPassing(error: unknown, platform: NodeJS.Platform): boolean {
  return platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error) ?? '');
}

function sleepSync(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
