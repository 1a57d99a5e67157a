/** `--goals` into what a plan keeps of it. */
import type { SearchPlan } from '../journal/record.ts';
import type { SearchConfig } from '../config/schema.ts';
import { estimatesOf } from '../score/manual/estimates.ts';
import type { WeightedScorer } from '../score/index.ts';
import { usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';

type PlannedGoals = NonNullable<SearchPlan['goals']>;

/** A front of more goals is most of what was measured: it no longer chooses anything. */
const MOST_GOALS = 3;

/**
 * `quality,aesthetic` or `quality+niqe,aesthetic`: each goal is a scorer, or several that are combined by --combine.
 * @param scorers all of the search
 * @returns undefined where no goals are wanted
 * @throws usage error `goals-invalid` for a scorer that is in no goal, in two, or unknown; for fewer than 2 goals or more than 3; and
 *   where scores are estimated from answers
 */
export function planGoals(
  { goals: given }: Pick<SearchConfig, 'goals'>,
  scorers: readonly WeightedScorer[],
): PlannedGoals | undefined {
  if (given === undefined) return undefined;
  const goals = given
    .flatMap((text) => text.split(','))
    .map((text) => text.split('+').map((part) => part.trim()))
    .filter((parts) => parts.some((part) => part !== ''));
  const ids = scorers.map(({ scorer }) => scorer.id);
  const named = goals.flat();
  const text = `--goals ${goals.map((parts) => parts.join('+')).join(',')}`;
  const example = ids.length > 1 ? ids.slice(0, MOST_GOALS).join(',') : 'quality,niqe';
  if (goals.length < 2 || goals.length > MOST_GOALS) {
    throw wrong(
      `${text} ${goals.length === 1 ? 'is 1 goal' : `are ${goals.length} goals`}: give 2 or 3, with commas between them, for example --goals ${example}.`,
    );
  }
  const unknown = named.find((name) => !ids.includes(name));
  if (unknown !== undefined) {
    throw wrong(
      `${text}: no --scorer of this search is called "${unknown}"; there ${ids.length === 1 ? 'is' : 'are'} ${ids.join(', ')}.${didYouMean(unknown, ids)}`,
    );
  }
  const twice = named.find((name, i) => named.indexOf(name) < i);
  if (twice !== undefined) throw wrong(`${text}: ${twice} is named twice; name it in one goal.`);
  const left = ids.filter((id) => !named.includes(id));
  if (left.length > 0) {
    throw wrong(
      `${text}: ${left.join(', ')} ${left.length === 1 ? 'is' : 'are'} in no goal; put ${left.length === 1 ? 'it' : 'them'} into one with +, for example ${named[0] ?? ''}+${left[0] ?? ''}, or leave out the --scorer.`,
    );
  }
  const estimated = scorers.find(({ scorer }) => estimatesOf(scorer.version) !== undefined);
  if (estimated !== undefined) {
    throw wrong(
      `${text} does not go with --scorer-options ${estimated.scorer.id}.ask=pairs (or ${estimated.scorer.id}.people), whose scores change with every later answer: leave one of them out.`,
    );
  }
  return goals.map((parts) => ({
    name: parts.join('+'),
    scorers: scorers
      .filter(({ scorer }) => parts.includes(scorer.id))
      .map(({ scorer: { id, higherIsBetter, range } }) => ({
        id,
        higherIsBetter,
        min: range.min,
        max: range.max,
      })),
  }));
}

/** What else a search with goals should know, once. */
export function hintsOnGoals({
  goals,
  optimizer: { name, second },
}: Pick<SearchPlan, 'goals' | 'optimizer'>): string[] {
  const others = [name, ...(second === null ? [] : [second.name])].filter((one) => one !== SPREADING);
  if (goals === undefined || others.length === 0) return [];
  return [
    `--goals: ${others.join(' and ')} ${others.length === 1 ? 'goes' : 'go'} by the one score of all scorers together; only --optimizer ${SPREADING} spreads over the front.`,
  ];
}

/** The optimizer that heeds goals. */
const SPREADING = 'bayesian';

function wrong(sentence: string): Error {
  return usageError('goals-invalid', sentence);
}
