/**
 * Worker threads over one job. A shared counter hands out the blocks, each worker reads, computes and writes for itself, and
 * the order does not matter. While one computes, another copies: there is no queue and no lock.
 */
import fs from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { onAbort } from '../../shared/abort/on-abort.ts';
import { createBlockWorker } from './block-worker.ts';
import { placesOfMeasures } from './measure-places.ts';
import type { Job } from './job.ts';
import type { Kernel } from './kernel.ts';

type Phase = 'measure' | 'largest' | 'merge';

export interface PoolSettings {
  readonly job: Job;
  readonly phase: Phase;
  /** Threads; 0 = in this thread, where it also runs when the worker's file is missing (TypeScript sources, bundles). */
  readonly workers: number;
  readonly signal?: AbortSignal | undefined;
  /** WebAssembly where the engine has it, unless plain JavaScript is asked for. */
  readonly kernel?: Kernel['name'] | undefined;
  /** Bytes done so far, a few times a second. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /** For `measure`: the numbers of every tensor, as `placesOfMeasures` lays them out; for `largest`: one float64 for every piece. */
  readonly sums?: SharedArrayBuffer | undefined;
}

export interface WorkerData {
  readonly job: Job;
  readonly phase: Phase;
  readonly kernel: Kernel['name'];
  /** An Int32Array: the next block, and whether to stop. */
  readonly control: SharedArrayBuffer;
  /** A BigInt64Array: bytes done. */
  readonly progress: SharedArrayBuffer;
  readonly sums: SharedArrayBuffer | undefined;
}

const NEXT = 0;
const STOP = 1;

const PROGRESS_MILLISECONDS = 100;
/** A thread's garbage is a few small objects a block; the usual nursery would cost more memory than the buffers. */
const LEAN = { maxYoungGenerationSizeMb: 2 };
const WORKER = new URL('./worker.js', import.meta.url);

/** @throws the signal's reason when aborted; what a read or write failed with */
export async function runPool(settings: PoolSettings): Promise<void> {
  const { job, phase, workers, signal, onProgress } = settings;
  signal?.throwIfAborted();
  const data: WorkerData = {
    job,
    phase,
    kernel: settings.kernel ?? 'wasm',
    control: new SharedArrayBuffer(8),
    progress: new SharedArrayBuffer(8),
    sums: settings.sums,
  };
  const control = new Int32Array(data.control);
  const progress = new BigInt64Array(data.progress);
  const stop = (): void => void Atomics.store(control, STOP, 1);
  const stopListening = onAbort(signal, stop);
  const report = (): void => onProgress?.(Number(Atomics.load(progress, 0)));
  const timer = setInterval(report, PROGRESS_MILLISECONDS);
  try {
    const count = Math.min(workers, tasksOf(job, phase));
    if (count === 0 || !fs.existsSync(fileURLToPath(WORKER))) await runHere(data);
    else await Promise.all(Array.from({ length: count }, async () => runWorker(data, stop)));
    report();
  } finally {
    clearInterval(timer);
    stopListening();
  }
  signal?.throwIfAborted();
}

/** One thread's loop; between two blocks it looks whether it is to stop. */
export function* blocksToDo(data: WorkerData): Generator<number> {
  const { job, phase, sums } = data;
  const control = new Int32Array(data.control);
  const progress = new BigInt64Array(data.progress);
  const worker = createBlockWorker(job, data.kernel);
  const firstPieces = firstPieceOf(job);
  const found = new Float64Array(sums ?? new SharedArrayBuffer(0));
  const places = phase === 'measure' ? placesOfMeasures(job) : [];
  for (;;) {
    const task = Atomics.add(control, NEXT, 1);
    if (task >= tasksOf(job, phase) || Atomics.load(control, STOP) === 1) return;
    if (phase === 'merge') Atomics.add(progress, 0, BigInt(worker.merge(task)));
    else if (phase === 'largest') worker.largest(task, firstPieces[task] ?? 0, found);
    else worker.measure(task, found.subarray(places[task], places[task + 1]));
    yield task;
  }
}

/** Blocks, but what is measured is a whole tensor: its sums then add up in the same order, whoever does it. */
function tasksOf({ blocks, tensors }: Job, phase: Phase): number {
  return phase === 'measure' ? tensors.length : blocks.length;
}

/** The number of each block's first piece, counted through all blocks. */
export function firstPieceOf({ blocks }: Pick<Job, 'blocks'>): number[] {
  let piece = 0;
  return blocks.map((pieces) => {
    const first = piece;
    piece += pieces.length;
    return first;
  });
}

async function runHere(data: WorkerData): Promise<void> {
  // Signals and timers get their turn between two blocks.
  const blocks = blocksToDo(data);
  while (blocks.next().done !== true) await setImmediate();
}

async function runWorker(workerData: WorkerData, stop: () => void): Promise<void> {
  const worker = new Worker(WORKER, { workerData, resourceLimits: LEAN });
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    worker.on('error', (error: unknown) => {
      failure = error instanceof Error ? error : new Error(String(error));
      // The others stop at once: the file is lost anyway.
      stop();
    });
    worker.on('exit', (code) => {
      if (failure !== undefined) reject(failure);
      else if (code === 0) resolve();
      else reject(new Error(`a merge thread ended with code ${code}`));
    });
  });
}
