/**
 * From answers to scores: a Bradley–Terry model whose answers have five grades (a cumulative logit). Every image has a merit in
 * points of a rating, and merits of one trial go together; of images without an answer it is the trial's other images that speak.
 * What is returned is the most probable merits, a concave problem: it depends on the answers alone, and on no order.
 */
import { imageKey } from '../../images/names.ts';
import type { MeasuredTrialImages } from '../scorer.ts';
import { answersOf } from './answers-of.ts';

/** Trials with what was said of their images. */
export interface AnsweredTrial {
  readonly id: number;
  readonly images: readonly Pick<
    MeasuredTrialImages['images'][number],
    'request' | 'index' | 'answer' | 'answers'
  >[];
}

/** By trial, the merit of its images by {@link imageKey}. */
export type Merits = ReadonlyMap<number, ReadonlyMap<string, number>>;

/** Of the scorer that compares: its scores are estimated again with every answer. */
export const PAIRS_VERSION = 'manual-pairs/1';

/** The merit of what nothing is known of: the middle of a rating. */
export const MIDDLE = 5;

/** Standard deviations in points: of a trial's merit, of an image around its trial, and of a rating around a merit. */
const OF_TRIALS = 2;
const OF_IMAGES = 1;
const OF_RATINGS = 2;
/** Scale of the logistic noise of an answer, as wide as that of two looks that are each off by a point. */
const NOISE = (Math.SQRT2 * Math.sqrt(3)) / Math.PI;
/** Differences in points up to which two images are equal, and from which on one of them is much better. */
const EQUAL = 0.5;
const MUCH = 2.5;
const MOST_SWEEPS = 500;
/** Points: for scores, and for what only helps to choose the next question. */
const STILL = 1e-7;
export const ROUGHLY = 0.02;

/** @param still sweeps end when no merit moves by more, in points */
export function meritsOf(trials: readonly AnsweredTrial[], still: number = STILL): Merits {
  const known = trials.map(({ images }) => new Float64Array(images.length));
  const looks = looksOf(trials, known);
  for (let sweep = 0, moved = Infinity; sweep < MOST_SWEEPS && moved > still; sweep++) {
    moved = 0;
    for (const [t, merits] of known.entries()) moved = Math.max(moved, improve(merits, looks[t] ?? []));
  }
  return new Map(
    trials.map(({ id, images }, t) => [
      id,
      new Map(
        images.map(({ request, index }, i) => [imageKey(request, index), MIDDLE + (known[t]?.[i] ?? 0)]),
      ),
    ]),
  );
}

/** Of a trial: the mean merit of its images. */
export function meanMerit(merits: ReadonlyMap<string, number> | undefined): number {
  if (merits === undefined || merits.size === 0) return MIDDLE;
  return [...merits.values()].reduce((sum, merit) => sum + merit, 0) / merits.size;
}

/** An answer as one of its images sees it. */
type Look =
  | { readonly image: number; readonly rating: number }
  | {
      readonly image: number;
      /** Merits of the other one's trial, and its place among them. */
      readonly others: Float64Array;
      readonly other: number;
      /** The difference of the merits lies between these, as the answer says. */
      readonly from: number;
      readonly to: number;
    };

function looksOf(trials: readonly AnsweredTrial[], known: readonly Float64Array[]): Look[][] {
  const looks = trials.map((): Look[] => []);
  const trialAt = new Map(trials.map(({ id }, t) => [id, t]));
  const places = trials.map(
    ({ images }) => new Map(images.map(({ request, index }, i) => [imageKey(request, index), i])),
  );
  // Who never says "much better" has no outer grades.
  const graded = new Set(
    trials.flatMap(({ images }) =>
      images.flatMap((image) =>
        answersOf(image).flatMap((answer) =>
          'outcome' in answer && Math.abs(answer.outcome) === 2 ? [answer.by] : [],
        ),
      ),
    ),
  );
  const compare = (
    [t, image]: readonly [number, number],
    [o, other]: readonly [number, number],
    outcome: number,
    by: string | undefined,
  ): void => {
    const others = known[o];
    const much = graded.has(by) ? MUCH : Infinity;
    const cuts = [-Infinity, -much, -EQUAL, EQUAL, much, Infinity];
    const [from = -Infinity, to = Infinity] = cuts.slice(outcome + 2, outcome + 4);
    if (others !== undefined) looks[t]?.push({ image, others, other, from, to });
  };
  for (const [t, { images }] of trials.entries()) {
    for (const [image, { request, index, ...said }] of images.entries()) {
      for (const answer of answersOf(said)) {
        if ('rating' in answer) {
          looks[t]?.push({ image, rating: answer.rating - MIDDLE });
          continue;
        }
        // What was doubted since is no longer among the trials.
        const o = trialAt.get(answer.against);
        const other = o === undefined ? undefined : places[o]?.get(imageKey(request, index));
        if (o === undefined || other === undefined) continue;
        compare([t, image], [o, other], answer.outcome, answer.by);
        compare([o, other], [t, image], -answer.outcome, answer.by);
      }
    }
  }
  return looks;
}

/**
 * One step for all images of a trial together, those of the others as they are. Curvatures are upper bounds, so that no step goes
 * too far.
 * @returns how far the one that moved most has moved
 */
function improve(merits: Float64Array, looks: readonly Look[]): number {
  const own = 1 / OF_IMAGES ** 2;
  const shared = OF_TRIALS ** 2 / (OF_IMAGES ** 2 * (OF_IMAGES ** 2 + merits.length * OF_TRIALS ** 2));
  const sum = merits.reduce((total, merit) => total + merit, 0);
  const slopes = merits.map((merit) => shared * sum - own * merit);
  const curvatures = merits.map(() => own);
  const add = (image: number, slope: number, curvature: number): void => {
    slopes[image] = (slopes[image] ?? 0) + slope;
    curvatures[image] = (curvatures[image] ?? 0) + curvature;
  };
  for (const look of looks) {
    const merit = merits[look.image] ?? 0;
    if ('rating' in look) add(look.image, (look.rating - merit) / OF_RATINGS ** 2, 1 / OF_RATINGS ** 2);
    else add(look.image, slopeOf(merit - (look.others[look.other] ?? 0), look), MOST_CURVATURE / NOISE ** 2);
  }
  const steps = slopes.map((slope, i) => slope / (curvatures[i] ?? 1));
  const inverse = curvatures.reduce((total, curvature) => total + 1 / curvature, 0);
  const common =
    (shared * steps.reduce((total, step) => total + step, 0)) /
    Math.max(Number.EPSILON, 1 - shared * inverse);
  let moved = 0;
  for (const [i, step] of steps.entries()) {
    const whole = step + common / (curvatures[i] ?? 1);
    merits[i] = (merits[i] ?? 0) + whole;
    moved = Math.max(moved, Math.abs(whole));
  }
  return moved;
}

/** Of minus the logarithm of an answer's probability, in units of the noise: two logistic densities of at most a quarter each. */
const MOST_CURVATURE = 0.5;

/** Of the logarithm of the answer's probability, by the difference of the merits. */
function slopeOf(difference: number, { from, to }: { readonly from: number; readonly to: number }): number {
  return (logistic((from - difference) / NOISE) + logistic((to - difference) / NOISE) - 1) / NOISE;
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
