/** How fast a run goes, out of what its own iterations have cost. */
import { isLearned, type FinishedTrial } from '../types.ts';

/** Newer iterations tell more: a WebUI gets slower or faster when somebody else uses the GPU. */
const WINDOW = 20;

/** Seconds of one iteration, median of the last ones that generated images; undefined before the first. */
export function secondsPerTrial(trials: readonly FinishedTrial[]): number | undefined {
  const costs = trials
    .flatMap((trial) => (isLearned(trial) || trial.images.length === 0 ? [] : [trial.time.iteration]))
    .slice(-WINDOW)
    .toSorted((a, b) => a - b);
  return costs[Math.floor(costs.length / 2)];
}
