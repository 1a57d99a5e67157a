/** Lines of the rater, each an answer to a question. */
import { createInterface } from 'node:readline';
import { onAbort } from '../../shared/abort/on-abort.ts';
import type { RatingTerminal } from './terminal.ts';

export interface Questions {
  /** @returns undefined at the end of the input. @throws the signal's reason when it is aborted */
  ask(text: string, signal: AbortSignal): Promise<string | undefined>;
  close(): void;
}

/** What is typed while nothing is asked is no answer: it was meant for another image, or for nobody. */
export function openQuestions({ input, output }: RatingTerminal): Questions {
  // Not as a terminal: Ctrl-C stays the run's, and the keys are edited by the system.
  const lines = createInterface({ input, terminal: false });
  let answer: ((line: string | undefined) => void) | undefined;
  let isEnded = false;
  lines.on('line', (line) => answer?.(line));
  // The terminal was closed: there is nobody to answer.
  for (const source of [lines, input]) source.on('error', () => lines.close());
  lines.on('close', () => {
    isEnded = true;
    answer?.(undefined);
  });
  return {
    async ask(text, signal) {
      signal.throwIfAborted();
      if (isEnded) return undefined;
      output.write(text);
      const stopListening = onAbort(signal, () => answer?.(undefined));
      try {
        const line = await new Promise<string | undefined>((resolve) => {
          answer = resolve;
        });
        signal.throwIfAborted();
        return line;
      } finally {
        answer = undefined;
        stopListening();
      }
    },
    close: () => lines.close(),
  };
}
