/** An event to a command: facts in its environment, the event as JSON on its standard input. */
import { spawn } from 'node:child_process';
import { onAbort } from '../shared/abort/on-abort.ts';
import { atExit } from '../shared/process/at-exit.ts';
import { killTree } from '../shared/process/kill-tree.ts';
import { publicEnvironment } from '../shared/process/public-environment.ts';
import { launchOf, type Launch } from '../shared/process/launch.ts';
import { CommandFault } from '../shared/process/split-words.ts';
import { codeOf } from '../shared/system-error.ts';
import { eventVariables, type RunEvent } from './event.ts';
import { filledIn, type Target } from './target.ts';

/** Milliseconds; what still runs then is killed with all that it has started. */
const WITHIN_MS = 30_000;

/** @returns why it cannot be relied on; undefined: it ended well. Never throws */
export async function runCommand(
  { words }: Extract<Target, { kind: 'command' }>,
  event: RunEvent,
  signal: AbortSignal,
): Promise<string | undefined> {
  let launch: Launch;
  try {
    launch = launchOf(filledIn(words, event));
  } catch (error) {
    if (!(error instanceof CommandFault)) throw error;
    return 'its arguments cannot be passed to a batch file; let it read AUTOMBW_MESSAGE';
  }
  return new Promise((resolve) => {
    const child = spawn(launch.file, launch.args, {
      stdio: ['pipe', 'ignore', 'ignore'],
      windowsHide: true,
      windowsVerbatimArguments: launch.verbatim,
      // Not ended by the Ctrl-C that is meant for autombw, and to be killed as a whole.
      detached: process.platform !== 'win32',
      env: { ...publicEnvironment(), ...eventVariables(event) },
    });
    let why: string | undefined;
    const kill = (reason: string): void => {
      why ??= reason;
      killTree(child.pid);
    };
    const timer = setTimeout(() => kill(`it did not finish within ${WITHIN_MS / 1000} s`), WITHIN_MS);
    const letGo = onAbort(signal, () => kill('the run ended before it finished'));
    const forget = atExit(() => killTree(child.pid));
    const end = (reason: string | undefined): void => {
      clearTimeout(timer);
      letGo();
      forget();
      resolve(reason);
    };
    child.on('error', (error) => {
      if (child.pid === undefined) end(`it cannot be started (${codeOf(error) ?? 'unknown reason'})`);
    });
    child.once('exit', (code, by) => {
      end(why ?? (code === 0 ? undefined : by === null ? `exit code ${code}` : `killed by ${by}`));
    });
    // Whether it reads that is its own affair.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${JSON.stringify(event)}\n`);
  });
}
