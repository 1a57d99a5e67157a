/**
 * SHA-256 of model files, remembered by path, size and modification time in the cache folder: a graph of a gigabyte takes seconds.
 * A cache that cannot be read or written is none, and never an error.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';

const CHUNK = 2 ** 22;
/** The newest that are kept. */
const MOST_ENTRIES = 200;
const cacheSchema = z.object({
  version: z.literal(1),
  files: z.record(z.string(), z.object({ stamp: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});
type Cache = z.output<typeof cacheSchema>;

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
  const cache = cacheFile();
  const before = stampOf(file);
  const known = read(cache).files[path.resolve(file)];
  if (known?.stamp === before) return known.sha256;
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
  // Not when the file was changed meanwhile.
  if (stampOf(file) === before) keep(cache, path.resolve(file), { stamp: before, sha256 });
  return sha256;
}

function stampOf(file: string): string {
  const { mtimeNs, ino, dev, size } = fs.statSync(file, { bigint: true });
  return [mtimeNs, ino, dev, size].join('-');
}

function cacheFile(env: NodeJS.ProcessEnv = process.env): string {
  const folder =
    env['AUTOMBW_CACHE'] ??
    path.join(env['XDG_CACHE_HOME'] ?? env['LOCALAPPDATA'] ?? path.join(os.homedir(), '.cache'), 'autombw');
  return path.join(folder, 'model-hashes.json');
}

function keep(cache: string, file: string, entry: Cache['files'][string]): void {
  const { [file]: _, ...others } = read(cache).files;
  const entries = [...Object.entries(others), [file, entry] as const].slice(-MOST_ENTRIES);
  const kept: Cache = { version: 1, files: Object.fromEntries(entries) };
  try {
    fs.mkdirSync(path.dirname(cache), { recursive: true });
    const temporary = `${cache}.${process.pid}.tmp`;
    fs.writeFileSync(temporary, JSON.stringify(kept));
    fs.renameSync(temporary, cache);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
  }
}

function read(cache: string): Cache {
  try {
    const parsed = cacheSchema.safeParse(JSON.parse(fs.readFileSync(cache, 'utf8')));
    if (parsed.success) return parsed.data;
  } catch (error) {
    const isExpected = error instanceof SyntaxError || (error instanceof Error && 'syscall' in error);
    if (!isExpected) throw error;
  }
  return { version: 1, files: {} };
}
