/** Keys of the Rating view, and what fingers do. */
import type { PageRating } from '../../rating/state.ts';
import type { ViewKey } from '../view.ts';

const OF_RATINGS: readonly ViewKey[] = [
  { keys: '0 to 10, then Enter', does: 'rates the image, for example 7 or 6.5' },
];
const OF_PAIRS: readonly ViewKey[] = [
  { keys: '1 or 2, then Enter', does: 'that one is better; 11 or 22: much better' },
  { keys: '=', does: 'they are equally good' },
  { keys: '← →', does: 'the left or right one is better, without Enter; with Shift: much better' },
];
const OF_BOTH: readonly ViewKey[] = [
  { keys: 's', does: 'skips the image' },
  { keys: 'u', does: 'undoes the last answer; again: the one before' },
  { keys: 'p', does: 'shows the prompt' },
];

export const RATING_KEYS: readonly ViewKey[] = [...OF_RATINGS, ...OF_PAIRS, ...OF_BOTH];

export function keysOf(ask: PageRating['ask']): readonly ViewKey[] {
  return [...(ask === 'pairs' ? OF_PAIRS : OF_RATINGS), ...OF_BOTH, ...FINGERS];
}

const FINGERS: readonly ViewKey[] = [
  { keys: 'Swipe to the left', does: 'skips the image' },
  { keys: 'Swipe to the right', does: 'undoes the last answer' },
];
