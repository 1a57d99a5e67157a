/**
 * SHA-256 of large files that were hashed before: checkpoints, and the graphs of scorers. A file is known by its path and
 * stamp; a cache that cannot be read or written is none, and never an error.
 */
import path from 'node:path';
import { z } from 'zod';
import { isSystemError } from '../system-error.ts';
import { cacheFolder } from '../files/cache-folder.ts';
import { isReadFailure, readTextFileSync } from '../files/read-file.ts';
import { replaceFile } from '../files/replace-file.ts';
import { makeFolder } from '../files/make-folder.ts';
import { isUnchanged, type StampedFile } from './stamp.ts';

/** The newest that are kept. */
const MOST_ENTRIES = 500;
const cacheSchema = z.object({
  version: z.literal(1),
  /** By absolute path. */
  files: z.record(z.string(), z.object({ stamp: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});
type Cache = z.output<typeof cacheSchema>;

export function cachedHash({ path: file, stamp }: StampedFile, cache = cacheFile()): string | undefined {
  const entry = read(cache).files[path.resolve(file)];
  return entry?.stamp === stamp ? entry.sha256 : undefined;
}

/** Not when the file was changed while it was hashed. */
export function keepHash(file: StampedFile, sha256: string, cache = cacheFile()): void {
  if (!isUnchanged(file)) return;
  const { [path.resolve(file.path)]: _, ...others } = read(cache).files;
  const entries = [
    ...Object.entries(others),
    [path.resolve(file.path), { stamp: file.stamp, sha256 }] as const,
  ];
  const kept: Cache = { version: 1, files: Object.fromEntries(entries.slice(-MOST_ENTRIES)) };
  try {
    makeFolder(path.dirname(cache));
    replaceFile(cache, JSON.stringify(kept));
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

export function cacheFile(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(cacheFolder(env), 'hashes.json');
}

function read(cache: string): Cache {
  try {
    const parsed = cacheSchema.safeParse(JSON.parse(readTextFileSync(cache)));
    if (parsed.success) return parsed.data;
  } catch (error) {
    const isExpected = error instanceof SyntaxError || isReadFailure(error);
    if (!isExpected) throw error;
  }
  return { version: 1, files: {} };
}
