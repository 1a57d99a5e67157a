/** How fast a run goes, out of what its own iterations have cost. */
import { busyTime } from '../shared/busy-time.ts';
import { isLearned, type FinishedTrial, type TrialTime } from '../types.ts';

/** Newer iterations tell more: a WebUI gets slower or faster when somebody else uses the GPU. */
const WINDOW = 20;

/**
 * Seconds from one iteration to the next: the median of what the last ones that generated images have taken, divided by how
 * many of them were measured at the same time; undefined before the first.
 */
export function secondsPerTrial(trials: readonly FinishedTrial[]): number | undefined {
  const times = latestTimes(trials);
  const costs = times.map(({ iteration }) => iteration).toSorted((a, b) => a - b);
  const median = costs[Math.floor(costs.length / 2)];
  return median && median / atOnce(times);
}

/** Of the last ones that generated images. */
function latestTimes(trials: readonly FinishedTrial[]): TrialTime[] {
  const times: TrialTime[] = [];
  for (let i = trials.length - 1; i >= 0 && times.length < WINDOW; i--) {
    const trial = trials[i];
    if (trial !== undefined && !isLearned(trial) && trial.images.length > 0) times.push(trial.time);
  }
  return times.toReversed();
}

/** Milliseconds of rounding, and a trial that got more images later, are no second WebUI. */
const FEWEST_AT_ONCE = 1.25;

function atOnce(times: readonly TrialTime[]): number {
  // What was recorded in the same moment tells nothing of the time between.
  const byMoment = new Map(times.map(({ at, iteration }) => [at, iteration]));
  const spans = [...byMoment].map(([at, iteration]) => {
    const to = Date.parse(at) / 1000;
    return { from: to - iteration, to };
  });
  const busy = busyTime(spans);
  const share = busy > 0 ? spans.reduce((sum, { from, to }) => sum + to - from, 0) / busy : 1;
  return share < FEWEST_AT_ONCE ? 1 : share;
}
