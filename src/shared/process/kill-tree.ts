/** Ends programs that this one has started. */
import { spawnSync } from 'node:child_process';

/**
 * Ends a process started as the head of its own group, with all its descendants, at once. Also after its own end, for what
 * it left behind. Synchronous, because the last chance to do it is while autombw itself ends.
 */
export function killTree(pid: number | undefined): void {
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore', windowsHide: true });
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left (macOS says EPERM of a group of zombies). It is called from timers, where an error would end the run.
  }
}
