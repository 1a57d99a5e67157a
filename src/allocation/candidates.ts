/** The trials by how good they look with the images that they have. */
import type { Known, KnownTrial } from './allocation.ts';
import { comparableScores, type TallyScores } from './image-effects.ts';

/** The best first; the earlier among equals. Those without any image are left out. */
export function ranked({ trials, total }: Pick<Known, 'trials' | 'total'>, tally: TallyScores): KnownTrial[] {
  const measured = trials.filter(({ scores }) => scores.some((score) => score !== undefined));
  const comparable = comparableScores(
    measured.map(({ scores }) => scores),
    total,
    tally,
  );
  return measured
    .map((trial, i) => ({ trial, score: comparable[i] ?? -Infinity }))
    .toSorted((a, b) => b.score - a.score)
    .map(({ trial }) => trial);
}

/** All images for the best one, as long as it is not the best with all of them. */
export function completeBest(
  known: Known,
  tally: TallyScores,
): { trial: number; images: number } | undefined {
  const [best] = ranked(known, tally);
  if (best === undefined || best.isOpen || best.scores.length >= known.total) return undefined;
  return { trial: best.id, images: known.total };
}
