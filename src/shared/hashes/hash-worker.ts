/** Entry of a thread that hashes one file. */
import { parentPort, workerData } from 'node:worker_threads';
import { sha256OfFile } from './sha256.ts';

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port is no window
parentPort?.postMessage(await sha256OfFile(String(workerData)));
