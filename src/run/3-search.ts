/** The loop: every lane works on one trial after another until a rule stops the run; then the best ones get what they lack. */
import { stopFor, type StopReason } from '../stop/stop-reason.ts';
import { firstReason } from '../stop/stop-rule.ts';
import { reverifyRest } from './reverify.ts';
import { isLeft, minutesSpent, tellIdle, type Lane, type Session } from './session.ts';
import { addImages, runNext } from './trial.ts';

/** What is said of a server of which nothing is asked. */
const NEXT = 'Choosing the next iteration.';
const PAUSED = 'The run is paused.';
const OVER = 'The search is over for this server.';

/** @returns why it stopped; an error that the run cannot go on from is thrown once every lane has come to rest */
export async function search(session: Session): Promise<StopReason> {
  const failures: unknown[] = [];
  /** Others come and go with the servers of a fleet. */
  const working: Lane[] = [];
  const ends: (Promise<void> | undefined)[] = [];
  const reasons: StopReason[] = [];
  const context: Working = { ...session, lanes: working, wanted: session.lanes };
  const begin = (lane: Lane): void => {
    // It may be at work for its last trial still, and then stays.
    if (working.includes(lane)) return;
    working.push(lane);
    tellIdle(session, lane, NEXT);
    const work = async (): Promise<void> => {
      try {
        const reason = await workLane(context, lane, () => failures.length > 0);
        if (reason !== undefined) reasons.push(reason);
      } catch (error) {
        failures.push(error);
      } finally {
        working.splice(working.indexOf(lane), 1);
      }
    };
    ends.push(work());
  };
  const unwatch = session.control.watch(session);
  const unfollow = session.followLanes(begin);
  try {
    for (const lane of session.lanes) begin(lane);
    while (ends.length > 0) await ends.shift();
  } finally {
    unfollow();
    unwatch();
  }
  const [reason] = reasons;
  if (failures.length > 0) throw failures[0];
  if (reason === undefined) throw new Error('a run needs at least one WebUI');
  return reason;
}

/** `lanes`: all that are at work; `wanted`: those that are to go on. */
interface Working extends Session {
  readonly wanted: Session['lanes'];
}

async function workLane(
  session: Working,
  lane: Lane,
  isOver: () => boolean,
): Promise<StopReason | undefined> {
  while (!isOver()) {
    try {
      session.control.look(session);
      if (session.control.paused !== undefined) {
        tellIdle(session, lane, PAUSED);
        await session.control.rest(session, isOver);
        tellIdle(session, lane, NEXT);
      }
      if (isOver() || isSurplus(session, lane)) return undefined;
      const reason = stopReason(session);
      if (reason === undefined) {
        await runNext(session, lane);
        tellIdle(session, lane, NEXT);
        continue;
      }
      // A run that was interrupted, or whose server fails, does not wait for one more image.
      if (reason.kind !== 'goal') {
        tellIdle(session, lane, OVER);
        return reason;
      }
      const last = session.state.askLast();
      // With its images the best may be another one, and the rule may find that the search is not over.
      if (last !== undefined) await addImages(session, lane, last);
      else if (await reverifyRest(session, lane)) {
        tellIdle(session, lane, OVER);
        return reason;
      }
    } catch (error) {
      if (!session.signal.aborted && !isLeft(session, error)) throw error;
    }
  }
  return undefined;
}

/** Others go on without it. The last one at work never is: the best may lack images still. */
function isSurplus({ lanes, wanted }: Working, lane: Lane): boolean {
  return !wanted.includes(lane) && lanes.some((other) => wanted.includes(other));
}

function stopReason(session: Session): StopReason | undefined {
  if (session.signal.aborted) return stopFor('interrupted', 'Interrupted.');
  const { stopAsked } = session.control;
  if (stopAsked !== undefined) return stopFor('interrupted', `Stopped by ${stopAsked}.`);
  const { state, rules } = session;
  const { trials, openIterations: open, tried, imagesLeft } = state;
  const imagesOfSet = state.scores.total;
  return firstReason(rules, {
    trials,
    open,
    minutes: minutesSpent(session),
    tried,
    imagesLeft,
    imagesOfSet,
  });
}
