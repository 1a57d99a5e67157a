/**
 * SHA-256 of files that may have gigabytes: remembered by this process and by the cache on the disk, or computed, in a thread of
 * its own where the built worker is there and it pays.
 */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { onAbort } from '../abort/on-abort.ts';
import { cachedHash, keepHash } from './hash-cache.ts';
import { sha256OfFile, sha256OfFileNow } from './sha256.ts';
import { isUnchanged, stamped, type StampedFile } from './stamp.ts';

/** Beside this file when it is built; the sources run without. */
const WORKER = new URL('./hash-worker.js', import.meta.url);
/** Below it, starting a thread takes longer. */
const SMALL_BYTES = 16 * 2 ** 20;

/** Of this process, by path and stamp: the cache on the disk may be refused. */
const known = new Map<string, string>();

/** Being computed, by path and stamp. */
const underway = new Map<string, Promise<string>>();

/** @throws FileRefused; an error with `errno` from the system; the signal's reason */
export async function hashFile(file: StampedFile, signal?: AbortSignal): Promise<string> {
  const before = recalled(file);
  if (before !== undefined) return before;
  const key = keyOf(file);
  const other = underway.get(key);
  if (other !== undefined) {
    // Of eight WebUIs on one machine all ask for the same gigabytes. Whoever began may have been stopped: then the next one begins.
    await other.catch(() => undefined);
    signal?.throwIfAborted();
    return hashFile(file, signal);
  }
  const own = compute(file.path, signal);
  underway.set(key, own);
  try {
    return keep(file, await own);
  } finally {
    underway.delete(key);
  }
}

/** The same at once, for those who cannot wait. @throws as {@link hashFile} */
export function hashFileNow(file: StampedFile): string {
  return recalled(file) ?? keep(file, sha256OfFileNow(file.path));
}

/** @returns the hashes under the keys of the files; @throws as {@link hashFile} */
export async function hashFiles<K extends string>(
  files: Readonly<Partial<Record<K, StampedFile | undefined>>>,
  signal?: AbortSignal,
): Promise<Partial<Record<string, string>>> {
  const hashes = await Promise.all(
    Object.entries<StampedFile | undefined>(files).map(async ([key, file]) =>
      file === undefined ? [] : [[key, await hashFile(file, signal)] as const],
    ),
  );
  return Object.fromEntries(hashes.flat());
}

/** For a file that nobody has stamped yet. @throws as {@link hashFile} */
export async function hashOf(path: string, signal?: AbortSignal): Promise<string> {
  return hashFile(stamped(path), signal);
}

/** Without reading the file. */
export function isHashKnown(file: StampedFile): boolean {
  return recalled(file) !== undefined;
}

function recalled(file: StampedFile): string | undefined {
  return known.get(keyOf(file)) ?? cachedHash(file);
}

/** Not when the file was changed while it was hashed. */
function keep(file: StampedFile, hash: string): string {
  if (isUnchanged(file)) {
    known.set(keyOf(file), hash);
    keepHash(file, hash);
  }
  return hash;
}

function keyOf({ path, stamp }: StampedFile): string {
  return `${stamp} ${path}`;
}

async function compute(file: string, signal?: AbortSignal): Promise<string> {
  const isSmall = (fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) < SMALL_BYTES;
  if (isSmall || !fs.existsSync(fileURLToPath(WORKER))) return sha256OfFile(file, signal);
  return hashInThread(file, signal);
}

async function hashInThread(file: string, signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted();
  const worker = new Worker(WORKER, {
    workerData: file,
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  });
  const stopListening = onAbort(signal, () => void worker.terminate());
  return new Promise<string>((resolve, reject) => {
    worker.on('message', (hash: unknown) => resolve(String(hash)));
    worker.on('error', reject);
    worker.on('exit', () => {
      stopListening();
      reject(signal?.aborted === true ? signal.reason : new Error(`${file} could not be hashed`));
    });
  });
}
