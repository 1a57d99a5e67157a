/** What a failure means for the trial under way: once more, without that image, no score, or the end of the run. */
import type { ErrorCode } from '../shared/error-codes.ts';
import { isExpected, type AutombwError } from '../shared/errors.ts';
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

/** Does it say something of the image alone, and nothing of the server, the merge or the scorer? */
export function isOfOneImage(error: unknown): error is AutombwError {
  if (!isExpected(error) || error.endsRun || !OF_ONE_IMAGE.has(error.code)) return false;
  return !(error instanceof WebuiError) || !error.isOtherModel;
}

function isGivenUp(error: AutombwError): boolean {
  return error instanceof WebuiError && error.givenUp;
}

/** A server that is gone, out of memory or without the merge would fail at every image, and so would a scorer that is gone. */
const OF_ONE_IMAGE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'webui-server-error',
  'webui-rejected',
  'webui-timeout',
  'webui-bad-reply',
  'webui-wrong-reply',
  'image-broken',
  'image-degenerate',
  'picture-size',
  'score-missing',
  'score-not-finite',
  'score-out-of-range',
  'scorer-broken',
  'scorer-failed',
  'onnx-run-failed',
]);
