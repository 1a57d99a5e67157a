/**
 * A file that appears under its name only when it is whole: written beside it under a temporary name, synced, renamed.
 * Temporary files of killed processes are recognised by that name and removed when the next one begins.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { byteSize } from '../shared/byte-size.ts';
import { runError, usageError } from '../shared/errors.ts';
import { refuseExisting } from '../shared/files/refuse-existing.ts';
import { renameFile } from '../shared/files/replace-file.ts';
import { syncFolder } from '../shared/files/sync-folder.ts';
import { atExit } from '../shared/process/at-exit.ts';
import { isAbandoned, ownerTag } from '../shared/process/file-owner.ts';
import { systemReason } from '../shared/system-error.ts';

export interface OutputFile {
  readonly handle: number;
  /** Where it is being written. */
  readonly temporary: string;
  /**
   * Gives it its name, after everything is on the disk unless the file is not meant to outlast a power cut.
   * @throws usage error `output-exists` when another program took the name meanwhile
   */
  commit(settings?: { readonly sync: boolean }): void;
  /** Removes what was written; nothing after a commit. */
  discard(): void;
}

export interface OutputSettings {
  readonly path: string;
  /** Files that must not be overwritten, whatever is said. */
  readonly inputs: readonly string[];
  /** An existing output may be replaced. */
  readonly force: boolean;
  readonly bytes: number;
}

const SUFFIX = '.autombw-tmp';
const TEMPORARY = /\.([0-9a-f]{8}-\d+)-[0-9a-f]{6}\.autombw-tmp$/;

/** Temporary names that this process is writing to. */
const alive = new Set<string>();

/**
 * Everything that can be known before the first byte is written.
 * @throws usage errors `output-name`, `output-folder`, `output-is-input`, `output-exists`; run error `disk-full`
 */
export function checkOutput({ path: file, inputs, force, bytes }: OutputSettings): void {
  if (path.extname(file) !== '.safetensors') {
    throw usageError('output-name', `The output ${file} must end in .safetensors.`);
  }
  const folder = path.dirname(file);
  if (!fs.existsSync(folder) || !fs.statSync(folder).isDirectory()) {
    throw usageError(
      'output-folder',
      `The output folder ${folder} does not exist; create it, or choose another one.`,
    );
  }
  const input = inputs.find((candidate) => isSameFile(candidate, file));
  if (input !== undefined) {
    throw usageError(
      'output-is-input',
      `The output ${file} is also the input ${input}: choose another name.`,
    );
  }
  refuseExisting([file], force);
  const { bavail, bsize } = fs.statfsSync(folder);
  const free = bavail * bsize;
  if (free < bytes) {
    throw runError(
      'disk-full',
      `${folder} has ${byteSize(free)} free, but the output needs ${byteSize(bytes)}: free some space, or choose another folder.`,
    );
  }
}

/** @throws usage error `output-folder` when nothing can be written there */
export function createOutput(file: string, force: boolean): OutputFile {
  const temporary = temporaryName(file);
  alive.add(temporary);
  try {
    return holdOutput(fs.openSync(temporary, 'wx'), temporary, file, force);
  } catch (cause) {
    alive.delete(temporary);
    throw usageError(
      'output-folder',
      `Cannot write to ${path.dirname(file)} (${systemReason(cause)}); choose another folder.`,
      { cause },
    );
  }
}

/**
 * An earlier output is taken back under a temporary name, to be changed in place. From here on nobody finds it under the old one.
 * @throws run error `output-lost` when it is gone or in use
 */
export function reopenOutput(previous: string, file: string): OutputFile {
  const temporary = temporaryName(file);
  alive.add(temporary);
  try {
    renameFile(previous, temporary);
    return holdOutput(fs.openSync(temporary, 'r+'), temporary, file, false);
  } catch (cause) {
    alive.delete(temporary);
    throw runError('output-lost', `Cannot change the earlier merge ${previous} (${systemReason(cause)}).`, {
      cause,
    });
  }
}

/** Removes temporary files of processes that are gone. @returns their paths */
export function removeLeftovers(folder: string): string[] {
  return findLeftovers(folder).filter((file) => {
    fs.rmSync(file, { force: true });
    return !fs.existsSync(file);
  });
}

/** Temporary files of killed runs in a folder. */
export function findLeftovers(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => path.join(folder, name))
    .filter(isOrphan);
}

function holdOutput(handle: number, temporary: string, file: string, force: boolean): OutputFile {
  let isOpen = true;
  const close = (): void => {
    if (isOpen) fs.closeSync(handle);
    isOpen = false;
  };
  const discard = (): void => {
    forget();
    if (!alive.delete(temporary)) return;
    close();
    fs.rmSync(temporary, { force: true });
  };
  // A second Ctrl-C leaves at once; the half-written file goes with it. Where it stays, its name says that it is left over.
  const forget = atExit(discard);
  return {
    handle,
    temporary,
    commit({ sync } = { sync: true }) {
      if (sync) fs.fsyncSync(handle);
      close();
      refuseExisting([file], force);
      renameFile(temporary, file);
      alive.delete(temporary);
      forget();
      if (sync) syncFolder(path.dirname(file));
    },
    discard,
  };
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => fs.statSync(file, { bigint: true, throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

function temporaryName(file: string): string {
  return `${file}.${ownerTag()}-${randomBytes(3).toString('hex')}${SUFFIX}`;
}

function isOrphan(file: string): boolean {
  const [, owner] = TEMPORARY.exec(file) ?? [];
  return owner !== undefined && !alive.has(file) && isAbandoned(owner, file);
}
