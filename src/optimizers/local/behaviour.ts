/** What every hill climber lets its user set, and where its members differ. */
import { z } from 'zod';
import { initialize } from '../ask-tell/initial-points.ts';
import { distribution } from './steps.ts';

/** Options of every member, with the published defaults. */
export const localSearchOptions = {
  epsilon: z
    .number()
    .positive()
    .default(0.03)
    .describe('scale of a step, as a share of the range; at least one grid step'),
  distribution,
  n_neighbours: z.int().min(1).default(3).describe('neighbours evaluated before moving to the best of them'),
  rand_rest_p: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('probability of a uniform point instead of a step'),
  semantics: z
    .enum(['fixed', 'compat'])
    .default('fixed')
    .describe('compat: decisions, starts and bounds as in version 1.3, to explain old logs'),
  initialize,
};

const schema = z.strictObject(localSearchOptions);
export type LocalSearchOptions = z.output<typeof schema>;

export interface Behaviour {
  /** Multiplies `epsilon` for a move. `gained`: the last decision moved to a better point. */
  stepFactor?(move: number, gained: boolean): number;
  /** Whether the trial of this number, counted from 0 with the initial points, is a uniform point instead of a step. */
  jumps?(trial: number): boolean;
  /**
   * Probability that a worse neighbour becomes the current point; without it: never.
   * @param worsening at least 0, in units of what a step usually changes
   */
  acceptance?(worsening: number, move: number): number;
  /** The same decision as version 1.3 took it, on raw scores, for each point that is no gain. */
  compatAcceptance?(current: number, score: number, move: number): number;
}
