/** What is thrown when something expected goes wrong: a code, a sentence for people, and what may help. */
import type { ErrorCode } from './error-codes.ts';

/** Who has to act: `usage` = the person who typed the command (exit 2), `run` = the world while running (exit 1). */
export type ErrorKind = 'usage' | 'run';

/**
 * What may help against a failure during a run: asking for the same image once more; finding the server and setting the merge
 * up again, because that may be gone; or nothing, because the same would fail again.
 */
export type Retry = 'image' | 'rearm' | 'never';

/** What a failure means for the run in which it happens; given where the error is made. */
interface FailureNature {
  /** Default `never`. */
  readonly retry?: Retry | undefined;
  /** How often asking again may help; an integer of at least 0. Default: as often as `--retries` allows. */
  readonly retryLimit?: number | undefined;
  /** When trying again is no help, every iteration would end like this one: the run ends. Default false. */
  readonly endsRun?: boolean | undefined;
}

export interface FailureOptions extends ErrorOptions, FailureNature {}

/**
 * Every failure that autombw expects. The message is one sentence for people: what was wrong, the value seen,
 * and what to do next. It is printed alone, without a stack; anything else that is thrown is a defect of ours.
 */
export class AutombwError extends Error {
  override readonly name: string = 'AutombwError';
  /** Stable, kebab-case; documented in docs/errors.md. */
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly retry: Retry;
  readonly retryLimit: number;
  readonly endsRun: boolean;

  constructor(code: ErrorCode, kind: ErrorKind, message: string, options: FailureOptions = {}) {
    // Without a cause there is no property of that name.
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.kind = kind;
    this.retry = options.retry ?? 'never';
    this.retryLimit = options.retryLimit ?? Number.POSITIVE_INFINITY;
    this.endsRun = options.endsRun ?? false;
  }
}

/** A mistake in what the user gave: nothing has been written, exit code 2. */
export function usageError(code: ErrorCode, message: string, options?: FailureOptions): AutombwError {
  return new AutombwError(code, 'usage', message, options);
}

/** Something failed while running: what was learned is in the journal, exit code 1. */
export function runError(code: ErrorCode, message: string, options?: FailureOptions): AutombwError {
  return new AutombwError(code, 'run', message, options);
}

export function isExpected(error: unknown): error is AutombwError {
  return error instanceof AutombwError;
}

/** The text of anything thrown, for messages that quote a cause. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
