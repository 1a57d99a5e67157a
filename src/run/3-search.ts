/** The loop: every lane works on one trial after another until a rule stops the run. */
import { firstReason, type StopReason } from '../stop/stop-rule.ts';
import { isExpected } from '../shared/errors.ts';
import { DOUBTED } from '../types.ts';
import { isComplete } from './complete.ts';
import { confirmRest } from './reverify.ts';
import type { Lane, Session } from './session.ts';
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
      // A run that was interrupted, or whose server fails, does not wait for one more image.
      if (reason !== undefined && isComplete(reason)) await confirmRest(session, lane);
      // What is in doubt is measured again where the limits allow it.
      if (reason !== undefined) return reason;
      await runTrial(session, lane);
    } catch (error) {
      if (isExpected(error) && error.code === DOUBTED) continue;
      if (!session.signal.aborted) throw error;
    }
  }
  return undefined;
}

function stopReason(session: Session): StopReason | undefined {
  if (session.signal.aborted) return { code: 'interrupted', message: 'Interrupted.' };
  const { ledger, rules } = session;
  return firstReason(rules, { trials: ledger.trials, open: ledger.open, minutes: minutesSpent(session) });
}

/** Minutes of searching, earlier sessions of the run included. */
export function minutesSpent({ clock, began, minutesBefore }: Session): number {
  return minutesBefore + (clock.now() - began) / 60_000;
}
