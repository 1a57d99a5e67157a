/**
 * As the search goes: the next images go where they are worth most for what they cost, to a new merge or to more images of a known
 * one. Few images of many merges find the good ones; many images of few merges tell which of them is best.
 */
import type { Belief, ImageNoise, Prospect } from '../optimizers/index.ts';
import type { Allocation, Known, Step } from './allocation.ts';
import { completeBest, ranked } from './candidates.ts';
import type { TallyScores } from './image-effects.ts';

/** Trials before the model is asked: fewer say nothing about the spread between merges and between images. */
const FIRST_TRIALS = 7;
/** Images of each of them where a merge costs nothing. */
const FIRST_IMAGES = 2;
/** No trial is judged by a single image. */
const FEWEST = 2;
/** A new trial gets so many images that they blur it by at most twice what the model does not know about it. */
const BLUR = 2;
/**
 * The first images of many merges show what these images like; no number of merges can tell that from what all images like. So
 * after YOUNG trials, new ones get more images: one more for every AGE trials, times the shared noise of one image.
 */
const YOUNG = 20;
const AGE = 4;
/** Trials for which more images are weighed up: the best ones, as far as is known. */
const CANDIDATES = 8;
/** Of images in all that a trial may have. */
const COUNTS = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];

export function createAuto(tally: TallyScores): Allocation {
  return {
    next(known) {
      const { total, trials, mergeCost } = known;
      const first = Math.min(total, Math.max(FIRST_IMAGES, Math.ceil(Math.sqrt(mergeCost))));
      const belief = trials.length < FIRST_TRIALS ? undefined : known.belief();
      return belief === undefined ? { kind: 'new', images: first } : weighUp(belief, known, tally);
    },
    finish(known) {
      const step = completeBest(known, tally);
      return step && { kind: 'more', ...step };
    },
  };
}

/** What promises most for an image, the cost of the merge included. */
function weighUp(belief: Belief, known: Known, tally: TallyScores): Step {
  const { mergeCost } = known;
  const values = known.proposal();
  const fewest = fewestForNew(belief.imageNoise(values), known);
  const options: Option[] = countsOf(known)
    .filter((count) => count >= fewest)
    .map((count) => ({
      step: { kind: 'new', images: count },
      prospect: { values, had: 0, images: count },
    }));
  for (const { id, point, scores, isOpen } of ranked(known, tally).slice(0, CANDIDATES)) {
    if (isOpen) continue;
    for (const count of countsOf(known).filter((one) => one > scores.length)) {
      options.push({
        step: { kind: 'more', trial: id, images: count },
        prospect: { values: point, had: scores.length, images: count },
      });
    }
  }
  const worth = belief.worth(options.map(({ prospect }) => prospect));
  const rates = options.map(
    ({ prospect: { had, images } }, i) => (worth[i] ?? 0) / (mergeCost + images - had),
  );
  // The first among equals: a new trial.
  return options[rates.indexOf(Math.max(...rates))]?.step ?? { kind: 'new', images: fewest };
}

interface Option {
  readonly step: Step;
  readonly prospect: Prospect;
}

/**
 * The fewest images of a new trial. A merge never takes longer than its images do: adding images later means merging again, so an
 * expensive merge should bring them at once.
 */
function fewestForNew({ shared, own }: ImageNoise, known: Known): number {
  const { total, mergeCost, trials } = known;
  const noise = shared + own;
  const wanted = Math.max(
    FEWEST,
    noise / BLUR,
    (shared * Math.max(0, trials.length - YOUNG)) / AGE,
    mergeCost,
  );
  return countsOf(known).find((count) => count >= wanted) ?? total;
}

/** Numbers of images that are weighed up, as far as a trial can have them. */
function countsOf({ ends, total }: Pick<Known, 'ends' | 'total'>): number[] {
  const possible = COUNTS.map((count) => ends.find((end) => end >= count) ?? total);
  return [...new Set([...possible, total])];
}
