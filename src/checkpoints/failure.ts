/** What went wrong while an output was written, in a sentence for people. */
import { isExpected, messageOf, runError } from '../shared/errors.ts';
import { codeOf, isSystemError } from '../shared/system-error.ts';

/** @returns run errors `disk-full` and `merge-failed` for faults of the disk; what was thrown for anything else */
export function explainFailure(error: unknown, output: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true || isExpected(error)) return error;
  if (!(error instanceof Error)) return error;
  if (codeOf(error) === 'ENOSPC') {
    return runError(
      'disk-full',
      `The disk for ${output} is full: free some space, or choose another folder. Nothing was kept.`,
      {
        cause: error,
      },
    );
  }
  if (!/became shorter/.test(error.message) && !isSystemError(error)) return error;
  return runError(
    'merge-failed',
    `The merge into ${output} failed (${messageOf(error)}). Nothing was kept.`,
    { cause: error },
  );
}
