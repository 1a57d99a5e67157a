/** The goals of a run as plots draw them. */
import type { PlotGoals } from '../plot/plot-run.ts';
import type { SearchPlan } from '../journal/record.ts';
import { isBaseline, type FinishedTrial } from '../types.ts';
import { goalsIn } from './goals.ts';
import { standingOf } from './standing.ts';

/** @returns undefined where the search has one score only */
export function plotGoals(
  plan: SearchPlan | undefined,
  trials: readonly FinishedTrial[],
): PlotGoals | undefined {
  const goals = goalsIn(plan, trials);
  if (goals === undefined) return undefined;
  const { front, knee } = standingOf(plan, trials) ?? {};
  const onFront = new Set(front?.trials.map(({ trial }) => trial));
  const points = trials.flatMap((trial) => {
    const values = goals.values.get(trial.id);
    if (values === undefined || trial.images.length === 0) return [];
    return [
      {
        iteration: trial.id,
        ...(isBaseline(trial) && { baseline: trial.baseline }),
        values,
        isOnFront: onFront.has(trial.id),
      },
    ];
  });
  return { names: goals.names, points, knee };
}
