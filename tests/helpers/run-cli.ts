/** The built command line as a child process: both streams, the exit code, signals. `npm test` builds dist first. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PATIENCE } from '../setup/settings.ts';
import { noteProcess } from './running-processes.ts';

const BIN = fileURLToPath(new URL('../../bin/autombw.js', import.meta.url));

/** Before the test that waits is ended itself. */
const PRINTED_MS = 90_000 * PATIENCE;

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves as soon as the text has been printed to either stream. @throws when the process ends without it, or does not print it */
  readonly printed: (pattern: RegExp) => Promise<RegExpMatchArray>;
  readonly end: Promise<CliResult>;
}

export interface CliSetting {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Somebody else; only root may start processes of others. */
  readonly user?: { readonly uid?: number; readonly gid?: number };
  /** No file may become longer: a disk that is full, for real. */
  readonly fileKilobytes?: number;
  /** Standard output goes there in place of `stdout`. */
  readonly stdoutFile?: string;
}

export async function runCli(args: readonly string[], setting: CliSetting): Promise<CliResult> {
  return startCli(args, setting).end;
}

/** @throws with what it said when it did not end with 0 */
export async function runCliWell(args: readonly string[], setting: CliSetting): Promise<CliResult> {
  const end = await runCli(args, setting);
  if (end.code !== 0) throw new Error(`autombw ${args.join(' ')} ended with ${end.code}: ${end.stderr}`);
  return end;
}

export function startCli(
  args: readonly string[],
  { cwd, env = {}, user = {}, fileKilobytes, stdoutFile }: CliSetting,
): RunningCli {
  const words = [process.execPath, BIN, ...args];
  const [program = '', ...rest] =
    fileKilobytes === undefined
      ? words
      : ['bash', '-c', 'ulimit -f "$0"; exec "$@"', String(fileKilobytes), ...words];
  const child = spawn(program, rest, {
    cwd,
    ...user,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', stdoutFile === undefined ? 'pipe' : openSync(stdoutFile, 'w'), 'pipe'],
  });
  noteProcess(child, { args, cwd });
  const text = { stdout: '', stderr: '' };
  const looks = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[stream] += chunk;
      for (const look of looks) look();
    });
  }
  const end = once(child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]): CliResult => ({
    code: typeof code === 'number' ? code : null,
    signal: typeof signal === 'string' ? signal : null,
    ...text,
  }));
  const printed = async (pattern: RegExp): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      // A word that has changed is to be seen as one, and not as a time-out of the whole test.
      const limit = setTimeout(() => {
        looks.delete(look);
        reject(new Error(`did not print ${String(pattern)} but ${text.stdout}\n${text.stderr}`));
      }, PRINTED_MS);
      const look = (): void => {
        const found = pattern.exec(text.stdout) ?? pattern.exec(text.stderr);
        if (found === null) return;
        looks.delete(look);
        clearTimeout(limit);
        resolve(found);
      };
      looks.add(look);
      look();
      void end.then(({ code, stderr }) => {
        clearTimeout(limit);
        reject(new Error(`ended with ${code} before ${String(pattern)}: ${stderr}`));
      });
    });
  return { child, stdout: () => text.stdout, stderr: () => text.stderr, printed, end };
}

export interface SimulatorProcess {
  readonly url: string;
  readonly port: string;
  readonly child: ChildProcess;
  stop(): Promise<CliResult>;
}

/** `autombw simulate` on a free port, in a process of its own. */
export async function startSimulatorProcess(
  args: readonly string[] = [],
  cwd: string = process.cwd(),
): Promise<SimulatorProcess> {
  const cli = startCli(['simulate', '--port', '0', ...args], { cwd });
  const [, url = '', port = ''] = await cli.printed(/at (http:\/\/127\.0\.0\.1:(\d+))/);
  return {
    url,
    port,
    child: cli.child,
    stop: async () => {
      cli.child.kill('SIGTERM');
      return cli.end;
    },
  };
}
