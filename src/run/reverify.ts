/** Is what was measured since the last look beyond doubt? If not, it is measured again, or the run ends. */
import { runError, type AutombwError } from '../shared/errors.ts';
import { failureOf, type EvaluationFailure } from '../trial/evaluator.ts';
import type { FinishedTrial } from '../types.ts';
import { record, sentencesOf, progressOf, timestamp, warn, type Lane, type Session } from './session.ts';

/** What of a run it takes to take scores back. */
export type InvalidateContext = Pick<
  Session,
  'plan' | 'state' | 'journal' | 'images' | 'observers' | 'clock'
>;

/**
 * Looks when a trial was measured since the last look: before a run ends. A server that no longer answers does not undo the
 * end.
 * @returns false when scores were taken back and are to be measured again
 * @throws run error `merge-lost`
 */
export async function reverifyRest(
  session: InvalidateContext & Pick<Session, 'signal'>,
  lane: Lane,
): Promise<boolean> {
  const { name, evaluator, isFleet } = lane;
  const look = await evaluator.look(session.signal, sentencesOf(session, lane));
  if (look === null || look.result === 'holds') return true;
  if (look.result === 'unanswered') {
    if (look.failure.ends === 'run') throw asError(look.failure);
    warn(
      session,
      `${isFleet === true ? 'A server' : name} could not be checked again after the last iterations (${look.failure.message.replace(/\.$/, '')}); keeping their scores.`,
    );
    return true;
  }
  invalidate(session, look.trials, look.reason);
  if (look.result === 'lost') throw asError(failureOf(look));
  return false;
}

/** Scores that are not to be trusted become failures, and their points are asked again. */
export function invalidate(session: InvalidateContext, trials: readonly number[], reason: string): void {
  session.images.distrust();
  // What another lane has measured and not recorded yet is taken back once it is.
  for (const trial of trials.filter((id) => session.state.isUnderWay(id))) {
    session.state.inDoubt.set(trial, reason);
    record(session, { kind: 'forgotten', trial });
  }
  const all = withRepeats(session.state.trials, trials);
  if (all.length === 0) return;
  record(session, { kind: 'doubted', trials: all, reason, time: timestamp(session.clock) });
  session.state.doubt(all, reason);
  session.images.drop(all);
  session.observers.onDoubt(all, progressOf(session));
}

/** The trials, and those that took over the images of one of them. */
function withRepeats(finished: readonly FinishedTrial[], trials: readonly number[]): number[] {
  return finished.flatMap((trial) => {
    if (trial.state !== 'scored') return [];
    const isRepeat = trial.source.kind === 'repeat' && trials.includes(trial.source.of);
    return trials.includes(trial.id) || isRepeat ? [trial.id] : [];
  });
}

/** A failure that ends the run, as the run throws it. */
export function asError({ code, message }: EvaluationFailure): AutombwError {
  return runError(code, message, { endsRun: true });
}
