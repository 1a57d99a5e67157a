/** Process in, exit code out: the only place that prints a failure. */
import { CommanderError } from 'commander';
import { isExpected, messageOf } from '../shared/errors.ts';
import { codeOf } from '../shared/system-error.ts';
import { createContext, EXIT, type CliProcess, type CommandContext } from './cli-process.ts';
import { createProgram } from './program.ts';
import { MissingRun } from './program/complaints.ts';

export async function run(process: CliProcess): Promise<number> {
  const context = createContext(process);
  const output = watchOutput(process);
  const release = context.defects.watch((error) => {
    tellDefect(context, error);
    process.exit(EXIT.failed);
  });
  try {
    const code = await runProgram(context);
    const reason = await output.failure();
    if (reason === undefined) return code;
    context.note(`autombw: the result could not be written to standard output (${reason}).`);
    return code === EXIT.ok ? EXIT.failed : code;
  } finally {
    release();
  }
}

async function runProgram(context: CommandContext): Promise<number> {
  let code: number = EXIT.ok;
  const program = createProgram(context, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...context.process.argv]);
    return code;
  } catch (error) {
    // commander has printed its own message, and help and version are no failures.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof MissingRun) {
      const { sayRunsHere } = await import('./commands/runs-here.ts');
      await sayRunsHere(context, error);
      return EXIT.usage;
    }
    if (isExpected(error)) {
      context.note(`autombw: ${error.message}`);
      return error.kind === 'usage' ? EXIT.usage : EXIT.failed;
    }
    tellDefect(context, error);
    return EXIT.failed;
  }
}

function tellDefect(context: CommandContext, error: unknown): void {
  context.note(
    `autombw: this should not have happened; please report it with the lines below.\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
}

/** A reader that has seen enough (`| head`), or a terminal that is gone. */
const CLOSED = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ENOTCONN', 'ENXIO', 'ERR_STREAM_DESTROYED']);

/** Nobody who reads, or a full disk behind a redirection, must end a run of days; a lost result is told at the end. */
function watchOutput({ stdout, stderr }: CliProcess): { failure(): Promise<string | undefined> } {
  let reason: string | undefined;
  stderr.on('error', () => undefined);
  stdout.on('error', (error: Error) => {
    if (!CLOSED.has(codeOf(error) ?? '')) reason ??= messageOf(error);
  });
  return {
    async failure() {
      // Streams tell of a failed write a moment after it.
      await new Promise((resolve) => void setImmediate(resolve));
      return reason;
    },
  };
}
