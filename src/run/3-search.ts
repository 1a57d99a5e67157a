/** The loop: every lane works on one trial after another until a rule stops the run. */
import { stopFor, type StopReason } from '../stop/stop-reason.ts';
import { firstReason } from '../stop/stop-rule.ts';
import { reverifyRest } from './reverify.ts';
import { minutesSpent, type Lane, type Session } from './session.ts';
import { runTrial } from './trial.ts';

/** @returns why it stopped; an error that the run cannot go on from is thrown once every lane has come to rest */
export async function search(session: Session): Promise<StopReason> {
  const failures: unknown[] = [];
  const lanes = session.lanes.map(async (lane): Promise<StopReason | undefined> => {
    try {
      return await workLane(session, lane, () => failures.length > 0);
    } catch (error) {
      failures.push(error);
      return undefined;
    }
  });
  const [reason] = (await Promise.all(lanes)).filter((found) => found !== undefined);
  if (failures.length > 0) throw failures[0];
  if (reason === undefined) throw new Error('a run needs at least one WebUI');
  return reason;
}

async function workLane(
  session: Session,
  lane: Lane,
  isOver: () => boolean,
): Promise<StopReason | undefined> {
  while (!isOver()) {
    try {
      const reason = stopReason(session);
      if (reason === undefined) await runTrial(session, lane);
      // A run that was interrupted, or whose server fails, does not wait for one more image.
      else if (reason.kind !== 'goal' || (await reverifyRest(session, lane))) return reason;
    } catch (error) {
      if (!session.signal.aborted) throw error;
    }
  }
  return undefined;
}

function stopReason(session: Session): StopReason | undefined {
  if (session.signal.aborted) return stopFor('interrupted', 'Interrupted.');
  const { state, rules } = session;
  return firstReason(rules, { trials: state.trials, open: state.open, minutes: minutesSpent(session) });
}
