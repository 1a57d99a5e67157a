import { spawn } from 'node:child_process';
import { atExit } from '../../shared/process/at-exit.ts';
import { codeOf } from '../../shared/system-error.ts';
import { killTree } from '../../shared/process/kill-tree.ts';
import type { Launch } from '../../shared/process/launch.ts';
import { publicEnvironment } from '../../shared/process/public-environment.ts';
import { createTail } from './tail.ts';

/** A child process that reads and writes lines. Whatever it starts dies with it. */
export interface LineProcess {
  write(line: string): void;
  /** No more lines: a well-behaved program ends now. */
  endInput(): void;
  /** Last lines of stderr, with what came on stdout and was meant for people. */
  tail(): string;
  remember(line: string): void;
  /** Kills it with all its descendants; the reason becomes how it ended. */
  kill(reason: string): void;
  /** How it ended, such as `ended with exit code 1`. Never rejects. */
  readonly ended: Promise<string>;
}

/** Longest line of stdout. */
const MAX_LINE = 1_000_000;
/** Milliseconds for the last words to arrive after the end. */
const LAST_WORDS = 300;

/** @throws whatever `spawn` throws at once; a program that does not exist ends with a reason instead */
export function startLineProcess(launch: Launch, onLine: (line: string) => void): LineProcess {
  const child = spawn(launch.file, launch.args, {
    stdio: 'pipe',
    windowsHide: true,
    windowsVerbatimArguments: launch.verbatim,
    env: publicEnvironment(),
    // A process group of its own: to be killed as a whole, and not by the Ctrl-C that is meant for autombw.
    detached: process.platform !== 'win32',
  });
  const tail = createTail();
  let reason: string | undefined;
  let hasEnded = false;

  const killNow = (): void => killTree(child.pid);
  const kill = (why: string): void => {
    // Its number may belong to somebody else by now.
    if (hasEnded) return;
    reason ??= why;
    killNow();
  };
  const forget = atExit(killNow);

  child.stderr.setEncoding('utf8').on('data', (text: string) => tail.add(text));
  readLines(child.stdout, onLine, () => kill('wrote a line of more than 1 MB'));
  child.stdout.on('end', () => {
    // Either it is about to end by itself, or it can never answer again.
    setTimeout(() => kill('closed its standard output'), LAST_WORDS).unref();
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('error', () => kill('closed its output'));
  child.stdin.on('error', () => {
    setTimeout(() => kill('closed its standard input'), LAST_WORDS).unref();
  });

  const ended = new Promise<string>((resolve) => {
    // Any of them: one that nobody listens to would end the run.
    child.on('error', (error) => {
      if (child.pid === undefined) {
        forget();
        resolve(`cannot be started (${codeOf(error) ?? error.message})`);
      }
    });
    child.once('exit', (code, signal) => {
      forget();
      reason ??= signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
      hasEnded = true;
      // What it leaves behind would hold memory, and its pipes open.
      killNow();
      const how = reason;
      const finish = (): void => {
        clearTimeout(timer);
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
        resolve(how);
      };
      const timer = setTimeout(finish, LAST_WORDS);
      child.once('close', finish);
    });
  });

  return {
    write: (line) => void (child.stdin.writable && child.stdin.write(`${line}\n`)),
    endInput: () => child.stdin.end(),
    tail: () => tail.text(),
    remember: (line) => tail.add(`${line.slice(0, 500)}\n`),
    kill,
    ended,
  };
}

function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void, tooLong: () => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') onLine(line.trim());
    if (rest.length > MAX_LINE) {
      rest = '';
      tooLong();
    }
  });
}
