/** Everything that the loop works with; made by the first two phases, used by the last two. */
import type { Journal } from '../journal/append.ts';
import type { JournalRecord } from '../journal/record.ts';
import type { Broadcast } from '../observers/broadcast.ts';
import type { Standing } from '../observers/observer.ts';
import type { Renderer } from '../renderers/renderer.ts';
import type { Judge } from '../score/score-image.ts';
import { patienceLeft } from '../stop/patience.ts';
import { isScored, type StopRule } from '../stop/stop-rule.ts';
import { isTakenOver } from '../types.ts';
import type { RunFiles } from '../journal/find.ts';
import type { LivePlan } from './live-plan.ts';
import type { MergeGuard } from './merge-check.ts';
import type { RunState } from './run-state.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { SeenImages } from './repeated-images.ts';

/** One WebUI that works on trials. */
export interface Lane {
  readonly name: string;
  readonly renderer: Renderer;
  /** Absent with `--no-check`. */
  readonly guard?: MergeGuard;
}

export interface Session {
  readonly plan: LivePlan;
  readonly files: RunFiles;
  /** Relative to the working folder. */
  readonly recipe: string;
  readonly ledger: RunState;
  readonly seen: SeenImages;
  readonly journal: Journal;
  readonly lanes: readonly Lane[];
  readonly judge: Judge;
  readonly images: ImageStore;
  readonly rules: readonly StopRule[];
  readonly observers: Broadcast;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Milliseconds on the clock when this session began, and minutes that earlier ones have used. */
  readonly began: number;
  readonly minutesBefore: number;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves early when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** For those who watch. */
export function standingOf({ ledger, plan }: Pick<Session, 'ledger' | 'plan'>): Standing {
  const { earlyStop, patience } = plan.config;
  const scores = ledger.trials.filter(isScored).filter((trial) => !isTakenOver(trial));
  return {
    trials: ledger.trials,
    best: ledger.best(),
    untilEarlyStop: earlyStop
      ? patienceLeft(
          scores.map((trial) => trial.score),
          patience,
        )
      : null,
  };
}

/** Disk first: the record is synced before anyone learns of it. */
export function record(session: Pick<Session, 'journal' | 'observers'>, entry: JournalRecord): void {
  const putRight = session.journal.append(entry);
  if (putRight !== undefined) session.observers.onNotice({ level: 'warn', message: putRight });
  session.observers.onRecord(entry);
}

export function timestamp(clock: Clock): { readonly at: string } {
  return { at: new Date(clock.now()).toISOString() };
}
