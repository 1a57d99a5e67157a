/** Is what was measured since the last look beyond doubt? If not, it is measured again, or the run ends. */
import { isExpected, messageOf, runError } from '../shared/errors.ts';
import { DOUBTED } from '../types.ts';
import { isTransient } from '../renderers/index.ts';
import { record, standingOf, timestamp, type Lane, type Session } from './session.ts';

/** Looks when a look is due. @returns whether it was, and all is well */
export async function confirmMerge(session: Session, lane: Lane): Promise<boolean> {
  if (lane.guard?.isDue !== true) return false;
  await look(session, lane);
  return true;
}

/** Looks when a trial was recorded since the last look: before a run ends. A server that no longer answers does not undo the end. */
export async function confirmRest(session: Session, lane: Lane): Promise<void> {
  if ((lane.guard?.unverified.length ?? 0) === 0) return;
  try {
    await look(session, lane);
  } catch (error) {
    if (!isTransient(error) && !(isExpected(error) && error.code === 'webui-shared')) throw error;
    session.observers.onNotice({
      level: 'warn',
      message: `${lane.name} could not be looked at again after the last iterations (${messageOf(error)}); their scores stand.`,
    });
  }
}

/** Scores that are not to be trusted become failures, and their points are asked again. */
export function doubt(session: Session, trials: readonly number[], reason: string): void {
  const all = session.ledger.withRepeats(trials);
  if (all.length === 0) return;
  record(session, { kind: 'doubted', trials: all, reason, time: timestamp(session.clock) });
  session.ledger.doubt(all, reason);
  session.images.drop(all);
  session.observers.onDoubt(all, standingOf(session));
}

/**
 * @throws run error `merge-doubtful` when merging had to be set up anew: the images of the current trial are worthless;
 * run error `merge-lost` when that did not help
 */
async function look(session: Session, { name, guard, renderer }: Lane): Promise<void> {
  const onOdd = (): void => {
    const message = `${name} sent a wrong image of a known merge once, and the right one when asked again; no score is in doubt.`;
    session.observers.onNotice({ level: 'warn', message });
  };
  if (guard === undefined || (await guard.holds(session.signal, onOdd))) return;
  await renderer.rearm(session.signal);
  const { unverified } = guard;
  const isMended = await guard.holds(session.signal, onOdd);
  const which =
    unverified.length === 0 ? 'no recorded iteration is' : `iterations ${unverified.join(', ')} are`;
  const what = `The image of a known merge came back different from ${name}, so that it had stopped merging as asked; ${which} in doubt.`;
  doubt(session, unverified, what);
  guard.forget();
  if (isMended) throw runError(DOUBTED, `${what} Merging was set up again and is being proved once more.`);
  throw runError(
    'merge-lost',
    `${what} Setting it up again did not help: restart the WebUI, then resume; those iterations are measured again.`,
  );
}
