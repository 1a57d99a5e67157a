/**
 * What must not stay behind when the process leaves at once, as after a second Ctrl-C: files half written, locks, children. One
 * listener on the process for all of them, and none while there is nothing to do.
 */

const tasks = new Set<() => void>();

/**
 * @param task synchronous; runs in the order of registration. What it throws is lost: there is nobody left to tell
 * @returns takes the task back; may be called more than once
 */
export function atExit(task: () => void): () => void {
  // Of its own, so that the same function may be given twice.
  const own = (): void => task();
  if (tasks.size === 0) process.on('exit', runAll);
  tasks.add(own);
  return () => {
    if (!tasks.delete(own)) return;
    if (tasks.size === 0) process.off('exit', runAll);
  };
}

function runAll(): void {
  for (const task of tasks) {
    try {
      task();
    } catch {
      // The next one has its turn.
    }
  }
}
