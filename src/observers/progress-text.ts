/** The sentence about a run's progress, shared by the bar and the appended lines. */
import type { Pause, RunFacts, RunProgress, TrialProgress } from './observer.ts';
import { duration } from '../shared/duration.ts';
import { clockTime } from '../shared/hours.ts';
import { secondsPerTrial } from './pace.ts';
import { scoreText } from '../shared/score-text.ts';
import { isBaseline, isUneven, searchedOf } from '../types.ts';
import { counted } from '../shared/counted.ts';

export interface ProgressState {
  readonly facts: RunFacts;
  readonly progress: RunProgress;
  /** Of the image that is being made. */
  readonly image: TrialProgress | undefined;
  readonly pause?: Pause | undefined;
}

/** The parts in the order of their importance: the last ones are dropped on a narrow terminal. */
export function progressParts({ facts, progress, image, pause }: ProgressState): string[] {
  const { trials, best, comparable } = progress;
  const last = trials.at(-1);
  const parts: string[] = pause === undefined ? [] : [pauseText(pause)];
  const { label } = image ?? {};
  const isKnown = image !== undefined && label === undefined && trials.some(({ id }) => id === image.trial);
  if (best !== undefined) parts.push(`best ${scoreText(best.score)} (#${best.trial})`);
  if (last !== undefined)
    // Beside that of the best: both are comparable.
    parts.push(
      last.state === 'scored' ? `last ${scoreText(comparable.get(last.id) ?? last.score)}` : 'last failed',
    );
  if (image !== undefined)
    parts.push(
      isKnown
        ? `#${image.trial} more images: ${imageText(image)}`
        : `${label === undefined ? '' : `${label}: `}${imageText(image)}`,
    );
  // Behind the search nothing of that is to come.
  if (label !== undefined) return parts;
  const left = secondsLeft(facts, progress);
  if (left !== undefined) parts.push(`${duration(left)} left`);
  if (progress.untilEarlyStop !== null && trials.length > 0)
    parts.push(`early stop in ${progress.untilEarlyStop}`);
  if (isUneven(trials, facts.imagesPerTrial)) parts.push(imageCount(imagesIn(trials)));
  return parts;
}

/** `paused by the page since 23:05` or `waits until 23:00 (--only-between)`, in local time. */
export function pauseText({ by, since, until }: Pause): string {
  if (until === undefined) return `paused by ${by} since ${clockTime(Date.parse(since))}`;
  return `waits until ${clockTime(Date.parse(until), Date.now())} (${by})`;
}

/** Iterations that are done, and baselines: the score of one that has the weights of a baseline is taken over, and it counts as neither. */
export function doneOf({ trials }: RunProgress): number {
  return trials.filter((trial) => isBaseline(trial)).length + searchedOf(trials).length;
}

/** `1 image`, `12 images`. */
export function imageCount(images: number): string {
  return counted(images, 'image');
}

function imagesIn(trials: RunProgress['trials']): number {
  return trials.reduce((sum, { images }) => sum + images.length, 0);
}

/** `image 3 of 8, step 12/20`. */
export function imageText({
  done,
  total,
  step,
  steps,
}: Pick<TrialProgress, 'done' | 'total' | 'step' | 'steps'>): string {
  const image = `image ${Math.min(done + 1, total)} of ${total}`;
  return step === null || steps === null || steps === 0 ? image : `${image}, step ${step}/${steps}`;
}

function secondsLeft({ iterations }: RunFacts, progress: RunProgress): number | undefined {
  const pace = secondsPerTrial(progress.trials);
  return pace === undefined ? undefined : pace * Math.max(0, iterations - doneOf(progress));
}
