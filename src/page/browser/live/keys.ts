/** Keys of the Live view. */
import type { ViewKey } from '../view.ts';

export const LIVE_KEYS: readonly ViewKey[] = [
  {
    keys: '← → Page up, Page down, Home, End',
    does: 'in the chart: move by one iteration, by ten, to the first, to the last',
  },
  { keys: 'Enter', does: 'in the chart: shows the images and weights of that iteration' },
  {
    keys: '← → ↑ ↓ Page up, Page down, Home, End',
    does: 'on a block: change its weight by a step, by a fifth of its range, to its lowest, to its highest',
  },
  { keys: 'Delete', does: 'on a block: restores its weight' },
];
