/** SHA-256 of checkpoints: remembered, or computed in a thread of its own where the built worker is there. */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { cachedHash, keepHash } from '../shared/hashes/hash-cache.ts';
import { sha256 } from './hashes.ts';
import type { CheckpointFile } from './safetensors/read.ts';

const WORKER = new URL('./hash-worker.js', import.meta.url);

/** @returns the hashes under the keys of the files */
export async function hashFiles<K extends string>(
  files: Readonly<Partial<Record<K, CheckpointFile>>>,
  signal?: AbortSignal,
): Promise<Partial<Record<string, string>>> {
  const hashes = await Promise.all(
    Object.entries<CheckpointFile | undefined>(files).map(async ([key, file]) =>
      file === undefined ? [] : [[key, await hashFile(file, signal)] as const],
    ),
  );
  return Object.fromEntries(hashes.flat());
}

export async function hashFile(file: CheckpointFile, signal?: AbortSignal): Promise<string> {
  const known = cachedHash(file);
  if (known !== undefined) return known;
  const hasWorker = fs.existsSync(fileURLToPath(WORKER));
  const hash = hasWorker ? await hashInThread(file.path, signal) : await sha256(file.path, signal);
  keepHash(file, hash);
  return hash;
}

async function hashInThread(file: string, signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted();
  const worker = new Worker(WORKER, {
    workerData: file,
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  });
  const end = (): void => void worker.terminate();
  signal?.addEventListener('abort', end, { once: true });
  return new Promise<string>((resolve, reject) => {
    worker.on('message', (hash: unknown) => resolve(String(hash)));
    worker.on('error', reject);
    worker.on('exit', () => {
      signal?.removeEventListener('abort', end);
      reject(signal?.aborted === true ? signal.reason : new Error(`${file} could not be hashed`));
    });
  });
}
