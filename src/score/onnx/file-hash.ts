/** SHA-256 of the files of a scorer: a graph of a gigabyte takes seconds, unless it was hashed before. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { cachedHash, keepHash } from '../../shared/hashes/hash-cache.ts';
import { stampOf } from '../../shared/hashes/stamp.ts';
import { assertRegularFile } from '../../shared/files/read-file.ts';

const CHUNK = 2 ** 22;

/** Of this process, by path and stamp: the cache on the disk may be refused. */
const known = new Map<string, string>();

/** Between two pieces of the file, timers and signals get their turn. */
export async function fileHash(file: string, signal?: AbortSignal): Promise<string> {
  const steps = hashing(file);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    signal?.throwIfAborted();
    await setImmediate();
  }
}

/** The same at once, for those who cannot wait. */
export function fileHashNow(file: string): string {
  const steps = hashing(file);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

function* hashing(file: string): Generator<undefined, string> {
  const stamped = { path: file, stamp: stampOf(file) ?? '' };
  const key = `${stamped.stamp} ${file}`;
  const before = known.get(key) ?? cachedHash(stamped);
  if (before !== undefined) return before;
  assertRegularFile(file);
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK);
  const handle = fs.openSync(file, 'r');
  try {
    for (let length = -1; length !== 0;) {
      length = fs.readSync(handle, buffer, 0, CHUNK, null);
      hash.update(buffer.subarray(0, length));
      yield;
    }
  } finally {
    fs.closeSync(handle);
  }
  const sha256 = hash.digest('hex');
  known.set(key, sha256);
  keepHash(stamped, sha256);
  return sha256;
}
