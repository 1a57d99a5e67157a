/**
 * What becomes of an element that several models have changed differently: the sum of all changes, or the mean of those that have the sign
 * that was elected (Yadav et al. 2023, TIES-Merging, arXiv 2306.01708).
 */
import type { ChoiceParameter } from '../parameter.ts';

const ELECTIONS = ['none', 'magnitude', 'count'] as const;
type Election = (typeof ELECTIONS)[number];

/** The parameter `elect`. */
export function electionParameter(
  usual: Election,
  choices: readonly Election[] = ELECTIONS,
): ChoiceParameter {
  return {
    name: 'elect',
    kind: 'choice',
    description:
      'which sign counts where changes disagree: that of their sum (magnitude) or of most of them (count); the mean of those that have it is taken. none: the sum of all changes',
    per: 'block',
    choices,
    default: usual,
  };
}

/** @param elect the parameter's value; @returns what the changes of one element come to */
export function fuserFor(elect: unknown): (changes: Float64Array) => number {
  if (elect === 'none') return total;
  const signOf =
    elect === 'count'
      ? (changes: Float64Array) => Math.sign(majority(changes))
      : (changes: Float64Array) => Math.sign(total(changes));
  return (changes) => {
    const sign = signOf(changes);
    let [sum, count] = [0, 0];
    for (const change of changes) {
      if (change === 0 || Math.sign(change) !== sign) continue;
      sum += change;
      count++;
    }
    return count === 0 ? 0 : sum / count;
  };
}

function total(changes: Float64Array): number {
  let sum = 0;
  for (const change of changes) sum += change;
  return sum;
}

function majority(changes: Float64Array): number {
  let sum = 0;
  for (const change of changes) sum += Math.sign(change);
  return sum;
}
