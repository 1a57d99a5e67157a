/** Keys of the Rating view, and what fingers do. */
import type { PageRating } from '../../rating/state.ts';
import type { ViewKey } from '../view.ts';

const OF_RATINGS: readonly ViewKey[] = [
  { keys: '0 to 10, then Enter', does: 'rate the picture, such as 7 or 6.5' },
];
const OF_PAIRS: readonly ViewKey[] = [
  { keys: '1 or 2, then Enter', does: 'that one is better; 11 or 22: much better' },
  { keys: '=', does: 'both are equal' },
  { keys: '← →', does: 'the left or right one is better, at once; with Shift: much better' },
];
const OF_BOTH: readonly ViewKey[] = [
  { keys: 's', does: 'skips the picture' },
  { keys: 'u', does: 'takes the last answer back; again: the one before' },
  { keys: 'p', does: 'shows the prompt' },
];

export const RATING_KEYS: readonly ViewKey[] = [...OF_RATINGS, ...OF_PAIRS, ...OF_BOTH];

export function keysOf(ask: PageRating['ask']): readonly ViewKey[] {
  return [...(ask === 'pairs' ? OF_PAIRS : OF_RATINGS), ...OF_BOTH, ...FINGERS];
}

const FINGERS: readonly ViewKey[] = [
  { keys: 'Swipe to the left', does: 'skips the picture' },
  { keys: 'Swipe to the right', does: 'takes the last answer back' },
];
