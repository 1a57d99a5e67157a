// Starts serve-simulator.mjs and asks it for its statistics.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** @returns the address, `stats()` as the simulator counts them, and `stop()` */
export async function startSimulatorProcess(options = {}) {
  const child = fork(path.join(import.meta.dirname, 'serve-simulator.mjs'), [JSON.stringify(options)]);
  const [{ url }] = await once(child, 'message');
  return {
    url,
    stats: async () => {
      child.send('stats');
      const [stats] = await once(child, 'message');
      return stats;
    },
    stop: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** Several ones in one process. @returns their addresses, and `stop()` */
export async function startSimulatorsInProcess(list) {
  const child = fork(path.join(import.meta.dirname, 'serve-simulator.mjs'), [JSON.stringify(list)]);
  const [{ urls }] = await once(child, 'message');
  return {
    urls,
    stop: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
