/**
 * A controller that is aborted with its parent, or when its time is over, until it is released. In place of
 * `AbortSignal.any`, which on a signal that lives as long as a two-day run piles up references in Node 20.
 */
import { timeAsleep } from '../awake-time.ts';
import { onAbort } from './on-abort.ts';
import { createController } from './create-controller.ts';

export interface Follower {
  readonly signal: AbortSignal;
  /** Has its time run out, rather than somebody aborted? */
  readonly isLate: boolean;
  /** Aborts the follower alone, with an `AbortError` unless a reason is given. */
  abort(reason?: unknown): void;
  /** Lets go of the parent and the clock. Does not abort. */
  release(): void;
}

/** As many milliseconds as a timer can count: 24.8 days. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * @param parent undefined = there is none: only time and the caller abort
 * @param withinMs milliseconds, sleep left out, after which it is aborted with a `TimeoutError`; infinite unless given
 */
export function followAbort(parent: AbortSignal | undefined, withinMs = Infinity): Follower {
  const controller = createController();
  const letGo = onAbort(parent, (reason) => controller.abort(reason));
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  const wait = (milliseconds: number): void => {
    const asleep = timeAsleep();
    timer = setTimeout(
      () => {
        if (controller.signal.aborted) return;
        const missed = timeAsleep() - asleep;
        // Whoever was asleep has not waited.
        if (missed > 0) {
          wait(Math.min(missed, milliseconds));
          return;
        }
        isLate = true;
        controller.abort(new DOMException('it took too long', 'TimeoutError'));
      },
      Math.min(milliseconds, LONGEST_MS),
    );
  };
  if (Number.isFinite(withinMs) && !controller.signal.aborted) wait(withinMs);
  return {
    signal: controller.signal,
    get isLate() {
      return isLate;
    },
    abort: (reason) => controller.abort(reason),
    release() {
      clearTimeout(timer);
      letGo();
    },
  };
}
