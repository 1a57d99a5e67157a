/** Asks again and again until what went away is back: a WebUI, or a server that scores. An overnight run outlives a restart of either. */
import { followAbort } from '../shared/abort/follow-abort.ts';
import { onAbort } from '../shared/abort/on-abort.ts';
import { elapsedOn, type Clock } from '../shared/clock.ts';
import { counted } from '../shared/counted.ts';
import type { ErrorCode } from '../shared/error-codes.ts';
import { runError, type AutombwError } from '../shared/errors.ts';

export interface LimitedWait {
  readonly clock: Clock;
  /** How long it may stay away (`--reconnect`). */
  readonly minutes: number;
  /** Aborted when nobody wants to wait any longer. */
  readonly leave?: AbortSignal | undefined;
}

export interface WaitedFor<T> extends LimitedWait {
  /** For messages, as a sentence begins. */
  readonly name: string;
  /** Of the failure when it stays away, which ends the run. */
  readonly code: ErrorCode;
  readonly attempt: () => Promise<T>;
  /** Undefined where waiting is no cure. */
  readonly absenceOf: (error: unknown) => Absence | undefined;
  /** Milliseconds on the clock that measures until which it is waited for. Asked after the first failure. */
  readonly deadline: () => number;
  /** Told after every failure that is waited out. */
  readonly onAway: (absence: Absence) => void;
}

export interface Absence {
  readonly error: AutombwError;
  /** What people are told while it is waited for. */
  readonly sentence: string;
  /** What they are told when it has stayed away. */
  readonly gone: string;
}

/** Something else has to change first: what keeps it is said. @param error whose message is a sentence */
export function absenceBecauseOf(error: AutombwError, minutes: number): Absence {
  const time = counted(minutes, 'minute');
  return {
    error,
    sentence: `${error.message} The run waits up to ${time} for that to change, then continues automatically.`,
    gone: `${error.message} That did not change for ${time} (--reconnect).`,
  };
}

/** Pauses between attempts, seconds; the last one repeats. */
const PAUSES = [1, 2, 5, 10, 30] as const;

/**
 * @returns what the first attempt that succeeds does
 * @throws run error of the given code when it does not come back within `--reconnect` minutes or is not waited for any longer; the signal's
 * reason; what an attempt throws that waiting cannot cure
 */
export async function untilBack<T>(waited: WaitedFor<T>, signal: AbortSignal): Promise<T> {
  const { name, code, attempt, absenceOf, deadline, clock, leave, onAway } = waited;
  const isLeft = (): boolean => leave?.aborted === true;
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (thrown) {
      signal.throwIfAborted();
      const absence = absenceOf(thrown);
      if (absence === undefined) throw thrown;
      const options = { cause: absence.error, endsRun: true };
      if (elapsedOn(clock) >= deadline()) throw runError(code, absence.gone, options);
      const letGoOf = (): AutombwError =>
        runError(code, `${name} is not back; no longer waiting for it.`, options);
      if (isLeft()) throw letGoOf();
      onAway(absence);
      const waiting = followAbort(signal);
      const letGo = onAbort(leave, () => waiting.abort());
      const pause = PAUSES[Math.min(failures, PAUSES.length - 1)] ?? 30;
      await clock.sleep(pause * 1000, waiting.signal).finally(() => {
        letGo();
        waiting.release();
      });
      signal.throwIfAborted();
      if (isLeft()) throw letGoOf();
    }
  }
}
