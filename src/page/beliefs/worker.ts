/** Entry of a thread that computes what the optimizer believes of one run, from its journal. */
import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { JournalFollower } from '../../journal/follow.ts';
import { beliefsOf } from './beliefs.ts';

// Here a thread has a priority of its own: it takes what the run and the WebUI leave. Elsewhere it would be that of the process.
if (process.platform === 'linux') os.setPriority(10);
const { records } = await new JournalFollower(String(workerData)).read();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port is no window
parentPort?.postMessage(beliefsOf(records));
