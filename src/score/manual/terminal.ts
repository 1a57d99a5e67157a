/** Where the rater sits. */
import { usageError } from '../../shared/errors.ts';

export interface RatingTerminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Questions go to standard error: standard output is for results. */
export function systemTerminal(): RatingTerminal {
  return { input: process.stdin, output: process.stderr, env: process.env };
}

export function isTerminal({ input, output }: Pick<RatingTerminal, 'input' | 'output'>): boolean {
  return input.isTTY === true && output.isTTY === true;
}

/** @throws usage error `manual-needs-terminal` */
export function checkTerminal({ input, output }: RatingTerminal): void {
  if (isTerminal({ input, output })) return;
  throw usageError(
    'manual-needs-terminal',
    `The scorer manual asks you in a terminal, but ${input.isTTY === true ? 'standard error' : 'standard input'} is not one: run it in a terminal without redirection, rate a search on its live page (--page), or choose another scorer.`,
  );
}
