/** Stopping rules are pure: finished trials in, a reason to print or nothing. */
import { DOUBTED, REJECTED } from '../shared/error-codes.ts';
import type { FinishedTrial, ScoredTrial } from '../types.ts';
import type { StopReason } from './stop-reason.ts';

export interface Progress {
  /** In the order in which they finished. */
  readonly trials: readonly FinishedTrial[];
  /** Iterations of the search that are being worked on. */
  readonly open: number;
  /** Minutes of searching so far, earlier sessions of the same run included. */
  readonly minutes: number;
  /** The scores of what was tried, made comparable where trials have unequal images, or what its front covers; absent = the trials' own. */
  readonly tried?: readonly number[];
  /** Of `--budget-images`, what is being made taken off; absent = no limit. */
  readonly imagesLeft?: number;
  /** What a trial may need at most. */
  readonly imagesOfSet?: number;
}

export type StopRule = (progress: Progress) => StopReason | undefined;

export function firstReason(rules: readonly StopRule[], progress: Progress): StopReason | undefined {
  for (const rule of rules) {
    const reason = rule(progress);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

export function isScored(trial: FinishedTrial): trial is ScoredTrial {
  return trial.state === 'scored';
}

/** Somebody does not want it: that says nothing of the server. */
export function isRejected(trial: FinishedTrial): boolean {
  return trial.state === 'failed' && trial.failure.code === REJECTED;
}

/** Its score was taken back, and its point is measured again as another trial: it counts for nothing. */
export function isDoubted(trial: FinishedTrial): boolean {
  return trial.state === 'failed' && trial.failure.code === DOUBTED;
}
