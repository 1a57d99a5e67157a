/** Waiting that ends with an abort. */
import { setTimeout as delay } from 'node:timers/promises';

/** @param milliseconds from 0 on @throws the signal's reason */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  // What the timer throws is an error of its own, which says nothing of who aborted and why.
  await delay(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}
