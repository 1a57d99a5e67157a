/** What a run with several goals has come to, as summaries and pages show it. */
import type { SearchPlan } from '../journal/record.ts';
import type { BaselineName, FinishedTrial } from '../types.ts';
import { frontOf, type Front, type FrontTrial } from './front.ts';
import { goalsIn } from './goals.ts';
import { kneeOf } from './pick.ts';

export interface GoalStanding {
  /** In the order of every list of values. */
  readonly names: readonly string[];
  /** See `Front`; undefined while nothing was measured. */
  readonly front: Front | undefined;
  /** The merge in the middle of the front; undefined where models A and B beat every merge. */
  readonly knee: number | undefined;
}

/** @returns undefined where the search has one score only */
export function standingOf(
  plan: SearchPlan | undefined,
  trials: readonly FinishedTrial[],
): GoalStanding | undefined {
  const goals = goalsIn(plan, trials);
  if (goals === undefined) return undefined;
  const front = frontOf(trials, goals.values);
  return { names: goals.names, front, knee: front && kneeOf(mergesOnFront(front))?.trial };
}

/** What can be picked: model A and model B are there already. */
export function mergesOnFront({ trials }: Pick<Front, 'trials'>): FrontTrial[] {
  return trials.filter(({ isModel }) => isModel !== true);
}

/** For programs: of every trial on the front its values by goal. */
export function standingJson({ names, front, knee }: GoalStanding): Record<string, unknown> {
  return {
    names,
    front: (front?.trials ?? []).map(({ trial, baseline, values }) => ({
      iteration: trial,
      ...(baseline !== undefined && { baseline }),
      values: valuesByName(names, values),
      ...(trial === knee && { knee: true }),
    })),
    reference: front === undefined ? null : valuesByName(names, front.reference),
    coverage: front?.share ?? null,
  };
}

export function valuesByName(
  names: readonly string[],
  values: readonly number[],
): Record<string, number | null> {
  return Object.fromEntries(names.map((name, k) => [name, values[k] ?? null]));
}

const BASELINE_WORDS: Readonly<Record<BaselineName, string>> = {
  A: 'model A',
  B: 'model B',
  half: 'half of each',
};

/** A short name for a trial of the front. */
export function trialName({ trial, baseline }: Pick<FrontTrial, 'trial' | 'baseline'>): string {
  return baseline === undefined ? String(trial) : BASELINE_WORDS[baseline];
}
