/** What ends the search of a run, as its plan and its last session say. Pure. */
import { growing, type GrowingRecords } from '../journal/growing.ts';
import type { JournalRecord, SearchPlan } from '../journal/record.ts';
import { scoreText } from '../shared/score-text.ts';
import { counted } from '../shared/counted.ts';
import type { Standing } from './standing.ts';
import type { PageEarlyStop, PageLimits } from './state.ts';

/** Follows the records of one journal: the limits of its sessions. */
class SessionLimits {
  /** Of the last session, where it was given some in place of the plan's. */
  last: Readonly<Record<string, number>> = {};
  /** Of the last session that was given any. */
  iterations: number | undefined;

  add(record: JournalRecord): void {
    if (record.kind !== 'resumed') return;
    this.last = record.limits;
    this.iterations = record.limits['iterations'] ?? this.iterations;
  }
}

const sessionLimits = growing(() => new SessionLimits());

/** A session has the limits of the plan but for those that it was given itself. @param records always the same ones, which only become more */
export function limitsOf(plan: SearchPlan | undefined, records: GrowingRecords): PageLimits {
  const { iterations, minutes, budgetImages } = plan?.config ?? {};
  const { last: given } = sessionLimits(records);
  return {
    iterations: given['iterations'] ?? iterations ?? null,
    minutes: given['minutes'] ?? minutes ?? null,
    images: given['budgetImages'] ?? budgetImages ?? null,
  };
}

/** The limit of the last session that has one. */
export function iterationsOf(plan: SearchPlan | undefined, records: GrowingRecords): number | null {
  return sessionLimits(records).iterations ?? plan?.config.iterations ?? null;
}

/** Null without early stop, and before the first score. */
export function earlyStopOf(
  plan: SearchPlan | undefined,
  records: GrowingRecords,
  { tried, done }: Pick<Standing, 'tried' | 'done'>,
): PageEarlyStop | null {
  const { earlyStop, patience: planned, tolAbs = 0, tolRel = 0 } = plan?.config ?? {};
  const patience = sessionLimits(records).last['patience'] ?? planned;
  if (earlyStop !== true || patience === undefined) return null;
  const ahead = tried.ahead({ patience, tolAbs, tolRel });
  if (ahead === undefined) return null;
  const { left, needed, isStrict } = ahead;
  const options = [
    `--patience ${patience}`,
    ...(tolAbs > 0 ? [`--tol-abs ${tolAbs}`] : []),
    ...(tolRel > 0 ? [`--tol-rel ${tolRel}`] : []),
  ].join(', ');
  const next = left === 1 ? 'the next one' : `one of the next ${left}`;
  const reaches =
    plan?.goals === undefined
      ? `scores ${isStrict ? 'more than' : 'at least'} ${scoreText(needed)}`
      : 'adds to the front';
  const sentence =
    left === 0
      ? `Early stop: no recent improvement (${options}).`
      : `Early stop after ${counted(done + left, 'iteration')}, ${left} more, unless ${next} ${reaches} (${options}).`;
  return { left, needed, sentence };
}
