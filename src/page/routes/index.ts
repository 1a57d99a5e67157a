/** All routes of the page, by what they are about. */
import { addBeliefs } from './beliefs.ts';
import { addBlocks } from './blocks.ts';
import { addControl } from './control.ts';
import { addGallery } from './gallery.ts';
import { addRating } from './rating.ts';
import type { AddRoutes } from './route.ts';
import { addRuns } from './runs.ts';
import { addTrials } from './trials.ts';

export const ROUTES: readonly AddRoutes[] = [
  addRuns,
  addTrials,
  addBlocks,
  addControl,
  addGallery,
  addBeliefs,
  addRating,
];
