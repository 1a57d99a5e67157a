import { isTakenOver, type FailedTrial } from '../types.ts';
import { stopFor } from './stop-reason.ts';
import { isDoubted, isRejected, isScored, type StopRule } from './stop-rule.ts';
import { afterColon } from '../shared/after-colon.ts';

/**
 * A WebUI that fails again and again will not get better by itself, and every attempt costs minutes.
 * @param ignored number of first trials that no longer tell anything about its health
 */
export function failureRule(maxFailures: number, ignored = 0): StopRule {
  return ({ trials }) => {
    // Doubted ones did not fail one after the other: the run has dealt with them. Rejected ones did not fail at all.
    let failures = 0;
    let last: FailedTrial | undefined;
    for (let i = trials.length - 1; i >= ignored && failures < maxFailures; i--) {
      const trial = trials[i];
      if (trial === undefined || isDoubted(trial) || isRejected(trial)) continue;
      if (trial.state !== 'failed') return undefined;
      last ??= trial;
      failures++;
    }
    if (last === undefined || failures < maxFailures) return undefined;
    return stopFor(
      'failures',
      `${maxFailures === 1 ? 'An iteration failed (--max-failures 1)' : `${maxFailures} iterations in a row failed (--max-failures), the last`} because: ${afterColon(last.failure.message)}`,
    );
  };
}

/** Repeats in a row after which nothing new can be expected: the space is small and has been seen. */
const REPEAT_LIMIT = 50;

/** Repeated points cost no images, but a search that proposes nothing else is over. */
export const exhaustedRule: StopRule = ({ trials }) => {
  const recent = trials.slice(-REPEAT_LIMIT);
  if (recent.length < REPEAT_LIMIT) return undefined;
  if (!recent.every((trial) => isScored(trial) && isTakenOver(trial))) return undefined;
  return stopFor(
    'space-exhausted',
    `The last ${REPEAT_LIMIT} points had all been evaluated before: there is nothing new to try.`,
  );
};
