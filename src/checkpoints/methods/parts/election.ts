/**
 * What becomes of an element that several models have changed differently: the sum of all changes, or the mean of those that have the sign
 * that was elected (Yadav et al. 2023, TIES-Merging, arXiv 2306.01708).
 */
import type { ChoiceParameter, ParameterValues } from '../parameter.ts';

const NAME = 'elect';
const ELECTIONS = ['none', 'magnitude', 'count'] as const;
type Election = (typeof ELECTIONS)[number];

export function electionParameter(
  usual: Election,
  choices: readonly Election[] = ELECTIONS,
): ChoiceParameter {
  return {
    name: NAME,
    kind: 'choice',
    description: `which sign wins where changes disagree: that of their sum (magnitude) or of the majority (count); changes with that sign are averaged${choices.includes('none') ? '. none: the sum of all changes' : ''}`,
    per: 'block',
    choices,
    default: usual,
  };
}

/** @returns what the changes of one element come to */
export function fuserFor({ [NAME]: elect }: ParameterValues): (changes: Float64Array) => number {
  if (elect === 'none') return sumOf;
  const voteOf = elect === 'count' ? sumOfSigns : sumOf;
  return (changes) => {
    // A single one agrees with itself.
    if (changes.length === 1) return changes[0] ?? 0;
    const vote = voteOf(changes);
    let [sum, count] = [0, 0];
    for (let i = 0; i < changes.length; i++) {
      const change = changes[i] ?? 0;
      if (change * vote <= 0) continue;
      sum += change;
      count++;
    }
    return count === 0 ? 0 : sum / count;
  };
}

function sumOf(changes: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < changes.length; i++) sum += changes[i] ?? 0;
  return sum;
}

function sumOfSigns(changes: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < changes.length; i++) sum += Math.sign(changes[i] ?? 0);
  return sum;
}
