/** Where a proof rests or is stopped: between two images of a candidate, and between candidates. */
import { elapsedOn } from '../shared/clock.ts';
import type { Breaks } from './measure.ts';
import { tellIdle, type Lane, type Session } from './session.ts';

/** Of one server. */
export interface ProofBreaks extends Breaks {
  /** Milliseconds that it has rested. */
  readonly rested: number;
}

interface Place {
  readonly lane: Lane;
  /** All that work on the proof. */
  readonly lanes: readonly Lane[];
  /** Another one has failed. */
  readonly isOver: () => boolean;
}

export function breaksOf(
  session: Pick<Session, 'control' | 'journal' | 'observers' | 'signal' | 'clock'>,
  { lane, lanes, isOver }: Place,
): ProofBreaks {
  const { control, clock, signal } = session;
  let rested = 0;
  return {
    get until() {
      return control.until;
    },
    get rested() {
      return rested;
    },
    async rest() {
      if (control.paused !== undefined) {
        const began = elapsedOn(clock);
        tellIdle(session, lane, 'The proof is paused.');
        await control.restInProof({ ...session, lanes }, isOver);
        rested += elapsedOn(clock) - began;
      }
      signal.throwIfAborted();
      return control.stopAsked === undefined && !isOver();
    },
  };
}
