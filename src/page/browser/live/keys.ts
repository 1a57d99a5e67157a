/** Keys of the Live view. */
import type { ViewKey } from '../view.ts';

export const LIVE_KEYS: readonly ViewKey[] = [
  {
    keys: '← → Page up, Page down, Home, End',
    does: 'in the chart: go from iteration to iteration, ten at once, to the first, to the last',
  },
  { keys: 'Enter', does: 'in the chart: shows the pictures and weights of that iteration' },
  {
    keys: '← → ↑ ↓ Page up, Page down, Home, End',
    does: 'on a block: give it another weight, in steps, by a fifth of its range, its lowest, its highest',
  },
  { keys: 'Delete', does: 'on a block: gives it back its weight' },
];
