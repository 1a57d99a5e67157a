/** Mean scores by payload, for those that know their images. */
import { highestBaseline } from './baselines.ts';
import type { PlotTrial } from './plot-run.ts';
import { numberOf } from './series.ts';
import type { RunSeries } from './series.ts';

/** Of all the images of a payload; undefined where there are none. */
export function meanScore(trials: readonly PlotTrial[], payload: string): number | undefined {
  const scores = trials.flatMap(({ images = [] }) =>
    images.filter((image) => image.payload === payload).map(({ score }) => score),
  );
  return scores.length === 0 ? undefined : scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** Those of the best of every run, in the order in which they come up. */
export function payloadsOf(all: readonly RunSeries[]): readonly string[] {
  return [...new Set(all.flatMap(({ best }) => (best?.trial.images ?? []).map(({ payload }) => payload)))];
}

/** What the best is compared with, in words and with its images. */
export interface Reference {
  readonly words: string;
  readonly trial: PlotTrial;
}

/** The highest baseline that has images, else the first iteration that has; undefined where that is the best itself. */
export function referenceOf(run: RunSeries): Reference | undefined {
  const highest = highestBaseline(run)?.name;
  const baseline = run.baselineTrials.find((trial) => trial.baseline === highest);
  if (baseline !== undefined && hasImages(baseline)) {
    return { words: baselineInWords(baseline.baseline ?? ''), trial: baseline };
  }
  const first = run.trials.find((trial) => trial.score !== null && hasImages(trial));
  if (first === undefined || first === run.best?.trial) return undefined;
  return { words: `iteration ${numberOf(run, run.trials.indexOf(first) + 1)}`, trial: first };
}

export function baselineInWords(name: string): string {
  return name === 'half' ? 'half of each' : `model ${name}`;
}

function hasImages({ images = [] }: PlotTrial): boolean {
  return images.length > 0;
}
