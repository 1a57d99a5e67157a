import { spawnSync } from 'node:child_process';

/** Number of a process that has been and is gone: no other has it so soon after. */
export function endedPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}
