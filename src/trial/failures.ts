/** What a failure means for the trial under way: once more, no score, or the end of the run. */
import type { AutombwError } from '../shared/errors.ts';
import { WebuiError } from '../renderers/index.ts';

/** @param attempt how often the same was in vain before, from 0 */
export function mayBeRepeated(error: AutombwError, attempt: number): boolean {
  return error.retry !== 'never' && attempt < error.retryLimit && !isGivenUp(error);
}

/** Asking again is no help: every trial would end like this one. */
export function endsRun(error: AutombwError): boolean {
  return error.endsRun && (error.retry === 'never' || isGivenUp(error));
}

/** Merging has to be set up again before anything is asked of the server. */
export function needsReconnect(error: AutombwError): boolean {
  return error.retry === 'rearm';
}

function isGivenUp(error: AutombwError): boolean {
  return error instanceof WebuiError && error.givenUp;
}
