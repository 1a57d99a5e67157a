/** The time of day, and waiting: given to whatever waits, so that tests need not. */
import { pause } from './abort/pause.ts';

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves early when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    try {
      await pause(milliseconds, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};
