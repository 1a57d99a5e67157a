/** The command line within this process, on streams and signals of its own: quick, and without a build. */
import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import type { CliProcess } from '../../src/cli/cli-process.ts';
import { run } from '../../src/cli/run.ts';

export interface InProcessSetting {
  readonly env?: Readonly<Record<string, string>>;
  /** Standard error is a terminal of that width. */
  readonly columns?: number;
  readonly cwd?: string;
}

export interface InProcessResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process with the words behind `autombw`, and what is written to its streams so far. */
export function fakeProcess(
  args: readonly string[],
  { env = {}, columns, cwd = process.cwd() }: InProcessSetting = {},
): { readonly process: CliProcess; readonly text: { readonly stdout: string; readonly stderr: string } } {
  const text = { stdout: '', stderr: '' };
  const streamTo = (name: keyof typeof text): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        text[name] += chunk.toString('utf8');
        done();
      },
    });
  const signals = new EventEmitter();
  const fake: CliProcess = {
    argv: ['node', 'autombw', ...args],
    env,
    stdout: streamTo('stdout'),
    stderr: Object.assign(streamTo('stderr'), columns === undefined ? {} : { isTTY: true, columns }),
    cwd: () => cwd,
    on: (signal, listener) => signals.on(signal, listener),
    off: (signal, listener) => signals.off(signal, listener),
    exit: (code) => {
      throw new Error(`exit ${code} was called`);
    },
  };
  return { process: fake, text };
}

export async function runInProcess(
  args: readonly string[],
  setting: InProcessSetting = {},
): Promise<InProcessResult> {
  const { process: fake, text } = fakeProcess(args, setting);
  const code = await run(fake);
  return { code, ...text };
}
