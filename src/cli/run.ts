/** Process in, exit code out: the only place that prints a failure. */
import { CommanderError } from 'commander';
import { isExpected } from '../errors.ts';
import { createContext, EXIT, type CliProcess } from './cli-process.ts';
import { createProgram } from './program.ts';

export async function run(process: CliProcess): Promise<number> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  const context = createContext(process);
  let code: number = EXIT.ok;
  const program = createProgram(context, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...process.argv]);
    return code;
  } catch (error) {
    // commander has printed its own message, and help and version are no failures.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (isExpected(error)) {
      context.remark(`autombw: ${error.message}`);
      return error.kind === 'usage' ? EXIT.usage : EXIT.failed;
    }
    context.remark(
      `autombw: this should not have happened; please report it with the lines below.\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return EXIT.failed;
  }
}

/** A reader that has seen enough (`| head`) or a terminal that is gone must not end a run of days. */
function ignoreClosedPipe(error: Error): void {
  if (!('code' in error && error.code === 'EPIPE')) throw error;
}
