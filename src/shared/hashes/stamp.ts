/** By what a file is known to be the one that was looked at before, without reading it. */
import fs from 'node:fs';

/** A file as it was when it was looked at. */
export interface StampedFile {
  readonly path: string;
  /** See {@link stampOf}; empty when it was gone. */
  readonly stamp: string;
}

/** Another text whenever the file is another one: modification time in nanoseconds, inode, device, size; undefined when it is gone. */
export function stampOf(file: string): string | undefined {
  const stat = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && [stat.mtimeNs, stat.ino, stat.dev, stat.size].join('-');
}

/** Bytes; 0 when it was gone. */
export function sizeIn({ stamp }: StampedFile): number {
  return Number(stamp.split('-').at(-1));
}

export function stamped(file: string): StampedFile {
  return { path: file, stamp: stampOf(file) ?? '' };
}

/** The same file with the same content as when it was looked at, as far as the file system tells. */
export function isUnchanged({ path, stamp }: StampedFile): boolean {
  return stampOf(path) === stamp;
}
