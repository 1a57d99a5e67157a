/** Scorers whose scores are estimated from all that people have said so far, again with every answer. */
import { PEOPLE_VERSION, ratingsOfPeople } from './people.ts';
import { meritsOf, PAIRS_VERSION, type AnsweredTrial, type Merits } from './preference.ts';

const ESTIMATES: ReadonlyMap<string, (trials: readonly AnsweredTrial[]) => Merits> = new Map([
  [PAIRS_VERSION, (trials) => meritsOf(trials)],
  [PEOPLE_VERSION, ratingsOfPeople],
]);

/** @param version of a scorer @returns undefined where a score stays as it was given */
export function estimatesOf(version: string): ((trials: readonly AnsweredTrial[]) => Merits) | undefined {
  return ESTIMATES.get(version);
}
