/** Processes of the product that tests have started: one that is left running would write into a folder that is gone. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

interface Running {
  readonly args: readonly string[];
  readonly cwd: string;
}

const running = new Map<ChildProcess, Running>();

export function noteProcess(child: ChildProcess, process: Running): void {
  running.set(child, process);
  child.once('close', () => running.delete(child));
}

/** Ends what still runs in these folders, and says whose it was. */
export async function endProcessesIn(folders: readonly string[]): Promise<void> {
  const left = [...running].filter(([, { cwd }]) =>
    folders.some((folder) => cwd === folder || cwd.startsWith(folder + path.sep)),
  );
  await Promise.all(
    left.map(async ([child, { args }]) => {
      console.warn(`autombw ${args.join(' ')} was still running at the end of its test.`);
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    }),
  );
}
