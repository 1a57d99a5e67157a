/**
 * Ratings of several people on one scale: one person's 6 is another's 8. Everybody's ratings get the mean and the spread that those of
 * all people have in common; with few ratings so far, a person's own are drawn towards them. Scales follow from all ratings at once.
 */
import { imageKey } from '../../images/names.ts';
import { answersOf } from './answers-of.ts';
import type { AnsweredTrial, Merits } from './preference.ts';

/** Of the scorer that several people rate with: its scores are estimated again with every rating. */
export const PEOPLE_VERSION = 'manual-people/1';

/**
 * Ratings with which a person's own mean, and their own spread, count as much as those of all. People differ more in their means than
 * a few ratings leave in doubt; a spread is known later.
 */
const ENOUGH_FOR_MEAN = 2;
const ENOUGH_FOR_SPREAD = 10;

interface Scale {
  /** Points. */
  readonly mean: number;
  /** Standard deviation in points. */
  readonly spread: number;
}

/** What turns a rating of a person into one of all. */
export type OneScale = (rating: number, by: string | undefined) => number;

/** @param trials all that have ratings: nobody's scale follows from some of them */
export function oneScale(trials: readonly AnsweredTrial[]): OneScale {
  const ratings = new Map<string | undefined, number[]>();
  for (const { images } of trials) {
    for (const image of images) {
      for (const answer of answersOf(image)) {
        if (!('rating' in answer)) continue;
        const own = ratings.get(answer.by) ?? [];
        ratings.set(answer.by, own);
        own.push(answer.rating);
      }
    }
  }
  const all = [...ratings.values()];
  const count = all.reduce((sum, { length }) => sum + length, 0);
  if (count === 0) return (rating) => rating;
  const mean = sumOf(all.flat()) / count;
  const squares = all.map((own) => squaresAround(own, sumOf(own) / own.length));
  const variance = sumOf(squares) / count;
  const scales = new Map(
    [...ratings].map(([by, own], i): [string | undefined, Scale] => [
      by,
      {
        mean: (sumOf(own) + ENOUGH_FOR_MEAN * mean) / (own.length + ENOUGH_FOR_MEAN),
        spread: Math.sqrt(
          ((squares[i] ?? 0) + ENOUGH_FOR_SPREAD * variance) / (own.length + ENOUGH_FOR_SPREAD),
        ),
      },
    ]),
  );
  const spread = Math.sqrt(variance);
  return (rating, by) => {
    const own = scales.get(by) ?? { mean, spread };
    return mean + (rating - own.mean) * (own.spread > 0 ? spread / own.spread : 1);
  };
}

/** Of every image that has ratings: the mean of them on the common scale, in points. */
export function ratingsOfPeople(trials: readonly AnsweredTrial[]): Merits {
  const scale = oneScale(trials);
  return new Map(
    trials.map(({ id, images }) => [
      id,
      new Map(
        images.flatMap(({ request, index, ...said }): (readonly [string, number])[] => {
          const value = meanRating(answersOf(said), scale);
          return value === undefined ? [] : [[imageKey(request, index), value]];
        }),
      ),
    ]),
  );
}

/** Undefined where there is no rating. */
export function meanRating(answers: ReturnType<typeof answersOf>, scale: OneScale): number | undefined {
  const values = answers.flatMap((answer) => ('rating' in answer ? [scale(answer.rating, answer.by)] : []));
  return values.length === 0 ? undefined : sumOf(values) / values.length;
}

function squaresAround(values: readonly number[], mean: number): number {
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
