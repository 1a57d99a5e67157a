/** What a failure means for the trial under way: once more, no score, or the end of the run. */
import type { AutombwError } from '../shared/errors.ts';
import { WebuiError } from '../renderers/index.ts';
import { ABORTED_BY_RATER } from '../score/manual/index.ts';

/** @param attempt how often the same was in vain before, from 0 */
export function mayBeRepeated(error: AutombwError, attempt: number): boolean {
  if (error instanceof WebuiError) return error.retry !== 'never' && !error.givenUp;
  // A file that came whole may still be damaged inside. One of another size may be another's; but mostly it comes again.
  return error.code === 'image-broken' || (error.code === 'picture-size' && attempt === 0);
}

/** Asking again is no help: every trial would end like this one. */
export function endsRun(error: AutombwError): boolean {
  if (ENDS_THE_RUN.includes(error.code)) return true;
  return error instanceof WebuiError && error.endsRun && (error.givenUp || error.retry === 'never');
}

const ENDS_THE_RUN = ['merge-lost', 'webui-shared', ABORTED_BY_RATER];

/** Merging has to be set up again before anything is asked of the server. */
export function needsReconnect(error: AutombwError): boolean {
  return error instanceof WebuiError && error.retry === 'rearm';
}
