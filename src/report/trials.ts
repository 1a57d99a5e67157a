/** The trials of a run as people see them. */
import { isDoubted } from '../stop/stop-rule.ts';
import { isBaseline, type FinishedTrial, type ImageRecord } from '../types.ts';

/** Those of the search itself: no baselines, and none that were measured again. */
export function iterationsOf(trials: readonly FinishedTrial[]): readonly FinishedTrial[] {
  return trials.filter((trial) => !isBaseline(trial) && !isDoubted(trial));
}

/** Of all trials together. */
export function imageCount(trials: readonly FinishedTrial[]): number {
  return trials.reduce((sum, { images }) => sum + images.length, 0);
}

/** The first merge of the search itself that was measured. */
export function firstTrial(trials: readonly FinishedTrial[]): FinishedTrial | undefined {
  return trials.find((trial) => trial.state === 'scored' && trial.images.length > 0 && !isBaseline(trial));
}

/** A merge whose score was taken over has the images of the trial that it repeats. */
export function imagesBehind(trial: FinishedTrial, trials: readonly FinishedTrial[]): readonly ImageRecord[] {
  if (trial.images.length > 0 || trial.state !== 'scored' || trial.source.kind !== 'repeat')
    return trial.images;
  const { of } = trial.source;
  return trials.find(({ id }) => id === of)?.images ?? [];
}
