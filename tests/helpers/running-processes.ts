/**
 * Processes that tests have started. Of the product, one that is left running would write into a folder that is gone: it ends with its
 * test. A server of a test's own ends with the file, because tests still need it when they tidy up.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PROCESSES } from '../setup/settings.ts';

interface Running {
  readonly args: readonly string[];
  readonly cwd: string;
}

const running = new Map<ChildProcess, Running>();

export function noteProcess(child: ChildProcess, process: Running): void {
  running.set(child, process);
  child.once('close', () => running.delete(child));
  noteForRun(child, process.args.join(' '));
}

const servers = new Set<ChildProcess>();

/** @param name of its program, for messages */
export function noteServer(child: ChildProcess, name: string): void {
  servers.add(child);
  child.once('close', () => servers.delete(child));
  noteForRun(child, name);
}

/** For tests/setup/each-file.ts. A helper's own hook would be there once: test files of a worker share what they import. */
export async function endServers(): Promise<void> {
  await Promise.all([...servers].map(async (child) => end(child)));
}

/** What the end of the whole run finds there, nobody has ended: see tests/setup/run.ts. */
function noteForRun(child: ChildProcess, name: string): void {
  if (child.pid === undefined) return;
  const note = path.join(PROCESSES, String(child.pid));
  mkdirSync(PROCESSES, { recursive: true });
  writeFileSync(note, name);
  child.once('close', () => rmSync(note, { force: true }));
}

/** Ends what still runs in these folders, and says whose it was. */
export async function endProcessesIn(folders: readonly string[]): Promise<void> {
  const left = [...running].filter(([, { cwd }]) =>
    folders.some((folder) => cwd === folder || cwd.startsWith(folder + path.sep)),
  );
  await Promise.all(
    left.map(async ([child, { args }]) => {
      console.warn(`autombw ${args.join(' ')} was still running at the end of its test.`);
      await end(child);
    }),
  );
}

async function end(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}
