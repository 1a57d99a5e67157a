/** Entry of a merge thread: works until no block is left. */
import { workerData } from 'node:worker_threads';
import { blocksToDo, type WorkerData } from './worker-pool.ts';

const data: WorkerData = workerData;
const blocks = blocksToDo(data);
while (blocks.next().done !== true);
