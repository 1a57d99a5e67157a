/** All routes of the page, by what they are about. */
import { addControl } from './control.ts';
import { addRating } from './rating.ts';
import type { AddRoutes } from './route.ts';
import { addRuns } from './runs.ts';
import { addTrials } from './trials.ts';

export const ROUTES: readonly AddRoutes[] = [addRuns, addTrials, addControl, addRating];
