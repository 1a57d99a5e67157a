/** The parent's side of {@link answerParent}: starts the process. What it asks and what it does with a lost one is its own. */
import { fork, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { publicEnvironment } from '../process/public-environment.ts';

export interface ChildStart {
  /** `import.meta.url` of the caller. The entry is beside it, named `child`. */
  readonly beside: string;
  /** Package of the runtime; another name only in tests. */
  readonly runtime: string | undefined;
  /** Is the caller to read what it writes to standard error? */
  readonly hasStderr: boolean;
}

/** Typed arrays travel as they are (advanced serialization). Its memory is free when it has ended. */
export function startChild({ beside, runtime, hasStderr }: ChildStart): ChildProcess {
  return fork(builtEntry(beside), runtime === undefined ? [] : [runtime], {
    execArgv: [],
    env: publicEnvironment(),
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', hasStderr ? 'pipe' : 'ignore', 'ipc'],
  });
}

/** Ends it, whatever it does. */
export async function endChild(child: ChildProcess): Promise<void> {
  // One that could not be started has no end to wait for.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.ref();
  child.kill('SIGKILL');
  await ended;
}

/** Beside the caller, or, when the sources run themselves, in the build of the same checkout. */
function builtEntry(beside: string): string {
  const folder = path.dirname(fileURLToPath(beside));
  const built = path.join(folder, 'child.js');
  if (fs.existsSync(built)) return built;
  const [source, build] = ['src', 'dist'].map((name) => path.join(ROOT, name));
  return path.join(build ?? '', path.relative(source ?? '', folder), 'child.js');
}

/** Of the checkout or the package: three folders up, in `src` and `dist` alike. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
