/** What ends the search of a run, as its plan and its last session say. Pure. */
import type { JournalRecord, SearchPlan } from '../journal/record.ts';
import { scoreText } from '../shared/score-text.ts';
import { stopAhead, triedScores } from '../stop/patience.ts';
import { isDoubted } from '../stop/stop-rule.ts';
import { goalsIn } from '../goals/goals.ts';
import { searchedOf, type FinishedTrial } from '../types.ts';
import type { PageEarlyStop, PageLimits } from './state.ts';
import { counted } from '../shared/counted.ts';

/** A session has the limits of the plan but for those that it was given itself. */
export function limitsOf(plan: SearchPlan | undefined, records: readonly JournalRecord[]): PageLimits {
  const { iterations, minutes, budgetImages } = plan?.config ?? {};
  const given = lastLimits(records);
  return {
    iterations: given['iterations'] ?? iterations ?? null,
    minutes: given['minutes'] ?? minutes ?? null,
    images: given['budgetImages'] ?? budgetImages ?? null,
  };
}

function lastLimits(records: readonly JournalRecord[]): Readonly<Record<string, number>> {
  const resumed = records.findLast((record) => record.kind === 'resumed');
  return resumed?.kind === 'resumed' ? resumed.limits : {};
}

/** Null without early stop, and before the first score. */
export function earlyStopOf(
  plan: SearchPlan | undefined,
  records: readonly JournalRecord[],
  finished: readonly FinishedTrial[],
  comparable: ReadonlyMap<number, number>,
): PageEarlyStop | null {
  const { earlyStop, patience: planned, tolAbs = 0, tolRel = 0 } = plan?.config ?? {};
  const patience = lastLimits(records)['patience'] ?? planned;
  if (earlyStop !== true || patience === undefined) return null;
  const goals = goalsIn(plan, finished)?.values;
  const ahead = stopAhead(triedScores(finished, comparable, goals), { patience, tolAbs, tolRel });
  if (ahead === undefined) return null;
  const { left, needed, isStrict } = ahead;
  const options = [
    `--patience ${patience}`,
    ...(tolAbs > 0 ? [`--tol-abs ${tolAbs}`] : []),
    ...(tolRel > 0 ? [`--tol-rel ${tolRel}`] : []),
  ].join(', ');
  const next = left === 1 ? 'the next one' : `one of the next ${left}`;
  const reaches =
    goals === undefined
      ? `scores ${isStrict ? 'more than' : 'at least'} ${scoreText(needed)}`
      : 'adds to the front';
  const sentence =
    left === 0
      ? `Early stop: no recent improvement (${options}).`
      : `Early stop after ${counted(searchedOf(finished).filter((trial) => !isDoubted(trial)).length + left, 'iteration')}, ${left} more, unless ${next} ${reaches} (${options}).`;
  return { left, needed, sentence };
}
