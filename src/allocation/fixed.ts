import type { Allocation } from './allocation.ts';
import { completeBest } from './candidates.ts';
import type { TallyScores } from './image-effects.ts';

/**
 * The same number of images for every trial; once the search is over, all of them for the best: when it then falls behind,
 * for the one that is best now, until the best one has all.
 */
export function createFixed(images: number, tally: TallyScores): Allocation {
  return {
    next: ({ total }) => ({ kind: 'new', images: Math.min(images, total) }),
    finish(known) {
      const step = completeBest(known, tally);
      return step && { kind: 'more', ...step };
    },
  };
}
