/** Entry of a thread that hashes one file. */
import { parentPort, workerData } from 'node:worker_threads';
import { sha256 } from './hashes.ts';

parentPort?.postMessage(await sha256(String(workerData)));
