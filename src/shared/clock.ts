/** The time of day, and waiting: given to whatever waits, so that tests need not. */
import { pause } from './abort/pause.ts';
import { awakeTime } from './awake-time.ts';

export interface Clock {
  /** Milliseconds since 1970; people and time servers set it, also backwards. */
  now(): number;
  /** Milliseconds since some moment, to measure how long something takes: see awake-time.ts. As `now` unless given. */
  elapsed?(): number;
  /** Resolves early when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: awakeTime,
  async sleep(milliseconds, signal) {
    try {
      await pause(milliseconds, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};

/** Milliseconds since some moment, on the clock that only measures. */
export function elapsedOn(clock: Pick<Clock, 'now' | 'elapsed'>): number {
  return clock.elapsed?.() ?? clock.now();
}
