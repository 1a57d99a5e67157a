/** A run as its records tell it, for as long as they become more: each of them is read once. */
import type { GrowingRecords } from '../journal/growing.ts';
import type { SearchPlan } from '../journal/record.ts';
import { growingTrials, type JournalTrials } from '../journal/trial-book.ts';
import { givenWeights, type GivenWeights } from './given-weights.ts';
import { PageRows } from './rows.ts';
import { runWords } from './run-state.ts';
import { Standing } from './standing.ts';
import { workingTime, type WorkingTime } from './working-time.ts';

export interface KnownRun {
  /** Undefined for a journal without one. */
  readonly plan: SearchPlan | undefined;
  readonly trials: JournalTrials;
  readonly standing: Standing;
  readonly rows: PageRows;
  readonly given: GivenWeights;
  readonly working: WorkingTime;
}

const runs = new WeakMap<GrowingRecords, Pick<KnownRun, 'standing' | 'rows'>>();

/** @param records always the same ones, which only become more */
export function knownRun(records: GrowingRecords): KnownRun {
  const { plan } = runWords(records);
  const trials = growingTrials(records);
  const given = givenWeights(records);
  const working = workingTime(records);
  const { standing, rows } = runs.get(records) ?? { standing: new Standing(plan), rows: new PageRows() };
  // What stands before the first record is of no plan.
  if (records.length > 0) runs.set(records, { standing, rows });
  const from = standing.update(trials);
  rows.update(trials.finished, from, (trial) => ({
    score: trial.state === 'scored' ? standing.scoreOf(trial) : null,
    hours: working.hours.get(trial.id),
    by: given.by.get(trial.id),
    goals: standing.goalsOf(trial),
  }));
  return { plan, trials, standing, rows, given, working };
}
