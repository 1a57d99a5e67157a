/** Whose images a run keeps where it does not keep all. */
import { isMeasured } from '../judging/trial-scores.ts';
import { isBaseline } from '../types.ts';
import type { RunState } from './run-state.ts';

/**
 * The trials that may be the best, and what people look at beside them: the baselines and the first trial of the search.
 * @param candidates for the best
 */
export function keptTrials(
  { trials }: Pick<RunState, 'trials'>,
  candidates: readonly number[],
): readonly number[] {
  const baselines = trials.filter((trial) => isBaseline(trial));
  const first = trials.find((trial) => isMeasured(trial) && !isBaseline(trial));
  return [...candidates, ...baselines.map(({ id }) => id), ...(first === undefined ? [] : [first.id])];
}
