/** SHA-256 of several files at once, each in a thread of its own where the built worker is there. */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { sha256 } from './hashes.ts';

const WORKER = new URL('./hash-worker.js', import.meta.url);

/** @returns the hashes under the keys of the files */
export async function hashFiles<K extends string>(
  files: Readonly<Partial<Record<K, string>>>,
  signal: AbortSignal,
): Promise<Partial<Record<string, string>>> {
  const hasWorker = fs.existsSync(fileURLToPath(WORKER));
  const hashes = await Promise.all(
    Object.entries<string | undefined>(files).map(async ([key, file = '']) => [
      key,
      hasWorker ? await hashInThread(file, signal) : await sha256(file, signal),
    ]),
  );
  return Object.fromEntries(hashes);
}

async function hashInThread(file: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const worker = new Worker(WORKER, {
    workerData: file,
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  });
  const end = (): void => void worker.terminate();
  signal.addEventListener('abort', end, { once: true });
  return new Promise<string>((resolve, reject) => {
    worker.on('message', (hash: unknown) => resolve(String(hash)));
    worker.on('error', reject);
    worker.on('exit', () => {
      signal.removeEventListener('abort', end);
      reject(signal.aborted ? signal.reason : new Error(`${file} could not be hashed`));
    });
  });
}
