import { pause } from '../shared/abort/pause.ts';
import type { Clock } from './session.ts';

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
