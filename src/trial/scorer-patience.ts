/**
 * Waits for a scorer whose server is away. The images that were drawn are kept, and are scored once it is back. What a scorer answers,
 * even if that is an error, is no absence. Neither is an image that gets no answer again and again while another one gets its score.
 */
import type { Judge, Asking } from '../score/index.ts';
import { followAbort } from '../shared/abort/follow-abort.ts';
import { onAbort } from '../shared/abort/on-abort.ts';
import { elapsedOn } from '../shared/clock.ts';
import { isExpected, runError, type AutombwError } from '../shared/errors.ts';
import type { EvaluationEvents, ServerState } from './evaluator.ts';
import { absenceBecauseOf, untilBack, type Absence, type LimitedWait } from './until-back.ts';

/** How scorers are asked, and what is told meanwhile. */
export interface PatientScoring {
  readonly asking: Asking;
  /** As given, but the server is not said to be at work while a scorer is waited for: nobody would see that. */
  readonly events: EvaluationEvents;
}

/** Of one scorer, for all images and servers together: it is told once. */
interface AwayScorer {
  /** Milliseconds on the clock that measures. */
  readonly since: number;
  /** What was told of it: the first reason, whatever keeps it away later. */
  readonly sentence: string;
  /** Images that wait for it. */
  waiting: number;
}

/** How often in a row an image gets no answer and another one does, directly after. Once, the server may just have come back. */
const MOST_STRIKES = 2;

/** Looks at servers that are under way, by scorer: one tells all images that wait. */
const looksOf = new WeakMap<Judge, Map<string, Promise<boolean>>>();

/** By scorer; every session has a judge of its own. */
const awayOf = new WeakMap<Judge, Map<string, AwayScorer>>();

/** @returns `asking` throws run error `scorer-gone`, which ends the run, once a scorer is not waited for any longer */
export function patientScoring(
  judge: Judge,
  { clock, minutes, leave }: LimitedWait,
  signal: AbortSignal,
  events: EvaluationEvents,
): PatientScoring {
  const away = awayOf.get(judge) ?? new Map<string, AwayScorer>();
  awayOf.set(judge, away);
  const { onWarning, onInfo, onState } = events;
  const looks = looksOf.get(judge) ?? new Map<string, Promise<boolean>>();
  looksOf.set(judge, looks);
  /** Does the server of a scorer answer for another image? */
  const answersOthers = async (scorer: string): Promise<boolean> => {
    const under = looks.get(scorer);
    if (under !== undefined) return under;
    const patience = followAbort(signal);
    const letGo = onAbort(leave, () => patience.abort());
    const look = (async (): Promise<boolean> => {
      try {
        return (await judge.answers?.(scorer, patience.signal)) ?? false;
      } catch (error) {
        if (!patience.signal.aborted) throw error;
        return false;
      } finally {
        looks.delete(scorer);
        letGo();
        patience.release();
      }
    })();
    looks.set(scorer, look);
    return look;
  };
  /** What the server did last. */
  let atWork: ServerState | undefined;
  /** Images of these events that wait. */
  let waiting = 0;

  const asking: Asking = async (scorer, ask) => {
    const name = `Scorer "${scorer}"`;
    let own: AwayScorer | undefined;
    let strikes = 0;
    const askUnlessInVain = async (): ReturnType<typeof ask> => {
      try {
        return await ask();
      } catch (error) {
        if (!isUnreachable(error) || signal.aborted || leave?.aborted === true) throw error;
        strikes = (await answersOthers(scorer)) ? strikes + 1 : 0;
        if (strikes < MOST_STRIKES) throw error;
        throw runError(
          'scorer-failed',
          `${error.message} The server is running: it scored another image in between, twice, so only this image has no score.`,
          { cause: error },
        );
      }
    };
    const leaveOff = (): void => {
      if (own === undefined) return;
      own.waiting--;
      waiting--;
      if (own.waiting === 0 && away.get(scorer) === own) away.delete(scorer);
    };
    try {
      const answer = await untilBack(
        {
          name,
          code: 'scorer-gone',
          attempt: askUnlessInVain,
          absenceOf: (error) => {
            const absence = absenceOf(error, minutes);
            if (absence !== undefined && own === undefined) {
              own = away.get(scorer);
              if (own === undefined) {
                own = { since: elapsedOn(clock), sentence: absence.sentence, waiting: 0 };
                away.set(scorer, own);
                if (leave?.aborted !== true) onWarning?.(absence.sentence);
              }
              own.waiting++;
              waiting++;
            }
            return absence;
          },
          deadline: () => (own?.since ?? elapsedOn(clock)) + minutes * 60_000,
          clock,
          minutes,
          leave,
          onAway: () => onState?.({ state: 'waiting', sentence: own?.sentence ?? '' }),
        },
        signal,
      );
      // The first one that is scored again tells of it.
      if (own !== undefined && away.get(scorer) === own) {
        away.delete(scorer);
        onInfo?.(`${name} is back; the run continues.`);
      }
      return answer;
    } finally {
      leaveOff();
      if (own !== undefined && atWork !== undefined) onState?.(atWork);
    }
  };
  const hold = (state: ServerState): void => {
    const isAtWork = state.state === 'merging' || state.state === 'drawing';
    if (isAtWork) atWork = state;
    if (!isAtWork || waiting === 0) onState?.(state);
  };
  return { asking, events: { ...events, onState: hold } };
}

function absenceOf(error: unknown, minutes: number): Absence | undefined {
  return isUnreachable(error) ? absenceBecauseOf(error, minutes) : undefined;
}

function isUnreachable(error: unknown): error is AutombwError {
  return isExpected(error) && error.code === 'scorer-unreachable';
}
