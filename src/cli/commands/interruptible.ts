/** Work that Ctrl-C, a closed terminal or a defect of ours brings to a clean end. */
import { isExpected, messageOf } from '../../shared/errors.ts';
import { listenForInterrupt, type Interrupt } from '../../run/interrupt.ts';
import { EXIT, type CommandContext } from '../cli-process.ts';

export interface Interruptible {
  /** Said at the first signal; nothing is said without it. */
  readonly stopping?: string;
  /**
   * Keeps the stack of a defect for a report.
   * @returns where it is, as a sentence; undefined when it was kept nowhere, and is shown
   */
  readonly keepDefect?: (error: unknown) => string | undefined;
}

/** Seconds in which the work comes to an end after a defect; then the process leaves, and its locks go with it. */
const PATIENCE_S = 30;
const LAST_WORDS_MS = 1000;

/** @returns the work's exit code; that of a signal when it was stopped by one, 1 after a defect */
export async function interruptible(
  context: CommandContext,
  { stopping, keepDefect = () => undefined }: Interruptible,
  work: (interrupt: Interrupt) => Promise<number>,
): Promise<number> {
  const { process } = context;
  const interrupt = listenForInterrupt(process, () => {
    if (stopping !== undefined) context.note(stopping);
  });
  let deadline: NodeJS.Timeout | undefined;
  const isOver = (): boolean => deadline !== undefined;
  const tell = (error: unknown): void => {
    const where = keepDefect(error);
    if (where !== undefined) {
      context.note(`autombw: this should not have happened (${firstLine(error)}). ${where}`);
      return;
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    context.note(`autombw: this should not have happened; please report it with the lines below.\n${stack}`);
  };
  const release = context.defects.watch((error) => {
    if (isOver()) {
      // What follows from the first one is kept with it.
      keepDefect(error);
      return;
    }
    // It holds the process until the work is over: what was lost may have been all that it waited for.
    deadline = setTimeout(() => {
      context.note(`The command did not stop within ${PATIENCE_S} s; quitting.`);
      process.exit(EXIT.failed);
    }, PATIENCE_S * 1000);
    tell(error);
    interrupt.stopForDefect(error);
  });
  try {
    const code = await work(interrupt);
    return isOver() ? EXIT.failed : code;
  } catch (error) {
    if (isOver()) return EXIT.failed;
    // Before the work had begun there is nothing to keep and nothing to say.
    if (interrupt.signal.aborted) return interrupt.exitCode() ?? EXIT.interrupted;
    if (isExpected(error)) throw error;
    tell(error);
    return EXIT.failed;
  } finally {
    clearTimeout(deadline);
    // What nobody waits for any more, such as an answer of a server, would hold the process.
    if (isOver()) setTimeout(() => process.exit(EXIT.failed), LAST_WORDS_MS).unref();
    release();
    interrupt.dispose();
  }
}

function firstLine(error: unknown): string {
  const [line = ''] = messageOf(error).split('\n');
  return error instanceof Error ? `${error.name}: ${line}` : line;
}
