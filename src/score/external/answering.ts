/** A scorer that asks a server, and can find out whether that server is well. */
import { isExpected } from '../../shared/errors.ts';
import type { ScoreItem, Scorer } from '../scorer.ts';

/**
 * The same scorer, which can be asked for a score that it has given before: that something listens, or says that it is well, tells little.
 * To be wrapped by a cache, not to wrap one.
 */
export function answering(scorer: Scorer): Scorer {
  let last: ScoreItem | undefined;
  return {
    ...scorer,

    async score(items, signal) {
      const results = await scorer.score(items, signal);
      last = items.findLast((_, i) => results[i]?.state === 'scored') ?? last;
      return results;
    },

    async answers(signal) {
      if (last === undefined) return false;
      try {
        await scorer.score([last], signal);
        return true;
      } catch (error) {
        signal.throwIfAborted();
        if (!isExpected(error)) throw error;
        return error.code !== 'scorer-unreachable';
      }
    },
  };
}
