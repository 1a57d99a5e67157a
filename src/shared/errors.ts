/** Who has to act: `usage` = the person who typed the command (exit 2), `run` = the world while running (exit 1). */
export type ErrorKind = 'usage' | 'run';

/**
 * Every failure that autombw expects. The message is one sentence for people: what was wrong, the value seen,
 * and what to do next. It is printed alone, without a stack; anything else that is thrown is a defect of ours.
 */
export class AutombwError extends Error {
  override readonly name: string = 'AutombwError';
  /** Stable, kebab-case; documented in docs/errors.md. */
  readonly code: string;
  readonly kind: ErrorKind;

  constructor(code: string, kind: ErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.kind = kind;
  }
}

/** A mistake in what the user gave: nothing has been written, exit code 2. */
export function usageError(code: string, message: string, options?: ErrorOptions): AutombwError {
  return new AutombwError(code, 'usage', message, options);
}

/** Something failed while running: what was learnt is in the journal, exit code 1. */
export function runError(code: string, message: string, options?: ErrorOptions): AutombwError {
  return new AutombwError(code, 'run', message, options);
}

export function isExpected(error: unknown): error is AutombwError {
  return error instanceof AutombwError;
}

/** The text of anything thrown, for messages that quote a cause. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
