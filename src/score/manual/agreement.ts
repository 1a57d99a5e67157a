/**
 * How far people agree: Krippendorff's alpha for intervals (K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011).
 * 1 = they say the same of every image, 0 = no more alike than by chance, below = they disagree on purpose. Ratings are compared
 * on the common scale: that somebody is strict is no disagreement.
 */
import { answersOf } from './answers-of.ts';
import { oneScale } from './people.ts';
import type { AnsweredTrial } from './preference.ts';

export interface Agreement {
  /** Undefined while it says nothing: too few images that several people judged, or no difference in anything. */
  readonly alpha: number | undefined;
  /** Images that more than one person judged. */
  readonly images: number;
  /** By name, how many answers; without a name it is empty. */
  readonly people: ReadonlyMap<string, number>;
}

/** Images from which on alpha is told. */
const ENOUGH = 5;

export function agreementOf(trials: readonly AnsweredTrial[]): Agreement {
  const scale = oneScale(trials);
  const people = new Map<string, number>();
  const units: number[][] = [];
  for (const { images } of trials) {
    for (const image of images) {
      const answers = answersOf(image);
      for (const { by = '' } of answers) people.set(by, (people.get(by) ?? 0) + 1);
      const ratings = answers.flatMap((one) => ('rating' in one ? [scale(one.rating, one.by)] : []));
      const outcomes = answers.flatMap((one) => ('outcome' in one ? [one.outcome] : []));
      // Two kinds of numbers: an image has one of them.
      const values = ratings.length > outcomes.length ? ratings : outcomes;
      if (values.length > 1) units.push(values);
    }
  }
  return { alpha: units.length < ENOUGH ? undefined : alphaOf(units), images: units.length, people };
}

/**
 * @param units what was said of each image, two values or more
 * @returns undefined where all values are the same
 */
export function alphaOf(units: readonly (readonly number[])[]): number | undefined {
  const all = units.flat();
  const expected = differences(all) / (all.length - 1);
  if (!(expected > 0)) return undefined;
  const observed = units.reduce((sum, values) => sum + differences(values) / (values.length - 1), 0);
  return 1 - observed / expected;
}

/** Of all ordered pairs, the squared differences summed up. */
function differences(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return 2 * values.length * values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}
