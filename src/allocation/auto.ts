import type { Allocation, Known, KnownTrial } from './allocation.ts';
import { completeBest, ranked } from './candidates.ts';
import type { TallyScores } from './image-effects.ts';

/** Images of a new trial. */
const FIRST = 4;

/** A few images for a new trial; those of the best one are doubled, once for every new trial. */
export function createAuto(tally: TallyScores): Allocation {
  return {
    next(known) {
      const { total, trials } = known;
      const [best] = ranked(known, tally);
      const isDue = trials.reduce((sum, trial) => sum + doublings(trial, known), 0) < trials.length;
      if (best !== undefined && isDue && !best.isOpen && best.scores.length < total) {
        return { kind: 'more', trial: best.id, images: Math.min(total, 2 * best.scores.length) };
      }
      return { kind: 'new', images: Math.min(FIRST, total) };
    },
    finish(known) {
      const step = completeBest(known, tally);
      return step && { kind: 'more', ...step };
    },
  };
}

/** How often its images were doubled, the step that is under way included. */
function doublings({ scores, isOpen }: KnownTrial, { total }: Pick<Known, 'total'>): number {
  const first = Math.min(FIRST, total);
  return Math.ceil(Math.log2(Math.max(1, scores.length / first))) + (isOpen ? 1 : 0);
}
