/** Entry of a thread that hashes one file. */
import { parentPort, workerData } from 'node:worker_threads';
import { sha256 } from './hashes.ts';

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port is no window
parentPort?.postMessage(await sha256(String(workerData)));
