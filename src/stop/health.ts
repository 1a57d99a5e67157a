import { isDoubted, isScored, type StopRule } from './stop-rule.ts';

/** A WebUI that fails again and again will not get better by itself, and every attempt costs minutes. */
export function failureRule(maxFailures: number): StopRule {
  return ({ trials }) => {
    // Doubted ones did not fail one after the other: the run has dealt with them.
    const recent = trials.filter((trial) => !isDoubted(trial)).slice(-maxFailures);
    const last = recent.at(-1);
    if (recent.length < maxFailures || last?.state !== 'failed') return undefined;
    if (!recent.every((trial) => trial.state === 'failed')) return undefined;
    return {
      code: 'failures',
      message: `${maxFailures} iterations in a row failed (--max-failures), the last because: ${last.failure.message}`,
    };
  };
}

/** Trials with unlike weights and yet the same pictures before a run counts as measuring one and the same model. */
const UNCHANGED_LIMIT = 4;

/**
 * Stops a run whose pictures no longer follow the weights: the server goes on answering 200 with one and the same
 * model, and every further iteration would have the same score.
 */
export const unchangedPicturesRule: StopRule = ({ trials }) => {
  const recent = trials
    .filter(isScored)
    .filter((trial) => trial.repeatOf === undefined && trial.images.length > 0)
    .slice(-UNCHANGED_LIMIT);
  if (recent.length < UNCHANGED_LIMIT) return undefined;
  const pictures = new Set(recent.map((trial) => trial.images.map((image) => image.pixels).join()));
  const weights = new Set(recent.map((trial) => JSON.stringify(trial.weights)));
  if (pictures.size > 1 || weights.size < UNCHANGED_LIMIT) return undefined;
  const ids = recent.map((trial) => trial.id);
  return {
    code: 'pictures-unchanged',
    doubted: ids,
    message: `Iterations ${ids.join(', ')} have unlike weights but the very same pictures: the WebUI no longer merges. Restart it and resume; these iterations are in doubt and will be measured again.`,
  };
};

/** Repeats in a row after which nothing new can be expected: the space is small and has been seen. */
const REPEAT_LIMIT = 50;

/** Repeated points cost no images, but a search that proposes nothing else is over. */
export const exhaustedRule: StopRule = ({ trials }) => {
  const recent = trials.slice(-REPEAT_LIMIT);
  if (recent.length < REPEAT_LIMIT) return undefined;
  if (!recent.every((trial) => trial.state === 'scored' && trial.repeatOf !== undefined)) return undefined;
  return {
    code: 'space-exhausted',
    message: `The last ${REPEAT_LIMIT} points had all been evaluated before: there is nothing new to try.`,
  };
};
