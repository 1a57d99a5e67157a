/** `--goals` into what a plan keeps of it. */
import type { SearchPlan } from '../journal/record.ts';
import type { SearchConfig } from '../config/schema.ts';
import { estimatesOf } from '../score/manual/estimates.ts';
import type { WeightedScorer } from '../score/index.ts';
import { counted } from '../shared/counted.ts';
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
      `${text} has ${counted(goals.length, 'goal')}: give 2 or 3, separated by commas, for example --goals ${example}.`,
    );
  }
  const unknown = named.find((name) => !ids.includes(name));
  if (unknown !== undefined) {
    throw wrong(
      `${text}: this search has no scorer "${unknown}", only ${ids.join(', ')}.${didYouMean(unknown, ids)}`,
    );
  }
  const twice = named.find((name, i) => named.indexOf(name) < i);
  if (twice !== undefined) throw wrong(`${text}: ${twice} is named twice; name it in one goal.`);
  const left = ids.filter((id) => !named.includes(id));
  if (left.length > 0) {
    throw wrong(
      `${text}: ${left.join(', ')} ${left.length === 1 ? 'is' : 'are'} not in any goal; add ${left.length === 1 ? 'it' : 'them'} to one with +, for example ${named[0] ?? ''}+${left[0] ?? ''}, or leave out the --scorer.`,
    );
  }
  const estimated = scorers.find(({ scorer }) => estimatesOf(scorer.version) !== undefined);
  if (estimated !== undefined) {
    throw wrong(
      `${text} cannot be combined with --scorer-options ${estimated.scorer.id}.ask=pairs (or ${estimated.scorer.id}.people), because its scores change with every later answer: leave out one of them.`,
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
    `--goals: ${others.join(' and ')} ${others.length === 1 ? 'optimizes' : 'optimize'} only the combined score of all scorers; --optimizer ${SPREADING} spreads out over the front.`,
  ];
}

/** The optimizer that heeds goals. */
const SPREADING = 'bayesian';

function wrong(sentence: string): Error {
  return usageError('goals-invalid', sentence);
}
