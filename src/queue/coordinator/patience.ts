/** How long the coordinator waits for Redis, or for a worker, while a job is under way. */
import { onAbort } from '../../shared/abort/on-abort.ts';
import { counted } from '../../shared/counted.ts';
import { elapsedOn, type Clock } from '../../shared/clock.ts';
import type { EvaluationFailure } from '../../trial/evaluator.ts';

/** What is missing for the work. */
export interface Away {
  /** In a sentence. */
  readonly what: string;
  readonly code: EvaluationFailure['code'];
}

export interface Waiting {
  readonly away: () => Away | undefined;
  /** Minutes that it may be away (`--reconnect`). */
  readonly minutes: number;
  /** Aborted when it is not to be waited for any longer. */
  readonly leave: AbortSignal | undefined;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Told that it is away, once, and that it is back, unless the work ends before. */
  readonly onAway: (away: Away) => void;
  readonly onBack: () => void;
}

const LOOK_MS = 250;

/**
 * The work, unless what it needs stays away for too long.
 * @returns the failure, which ends the run, where it does
 * @throws what the work throws; the signal's reason
 */
export async function patiently<T>(work: Promise<T>, waiting: Waiting): Promise<T | EvaluationFailure> {
  const { away, minutes, leave, signal, clock, onAway, onBack } = waiting;
  // What comes of it after nobody waits any more is nobody's affair.
  work.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  let letGo = (): void => undefined;
  const gone = new Promise<EvaluationFailure>((resolve, reject) => {
    letGo = onAbort(signal, reject);
    let since: number | undefined;
    const look = (): void => {
      const found = away();
      if (found === undefined) {
        if (since !== undefined) onBack();
        since = undefined;
        return;
      }
      const { what, code } = found;
      if (since === undefined) {
        since = elapsedOn(clock);
        onAway(found);
      }
      if (leave?.aborted === true) resolve({ code, message: what, ends: 'run' });
      if (elapsedOn(clock) - since >= minutes * 60_000)
        resolve({
          code,
          message: `${what} That did not change for ${counted(minutes, 'minute')} (--reconnect).`,
          ends: 'run',
        });
    };
    timer = setInterval(look, LOOK_MS);
  });
  try {
    return await Promise.race([work, gone]);
  } finally {
    clearInterval(timer);
    letGo();
  }
}
