/** What is handed in to be drawn, whether it comes from journals or from the CSV of another program. */
import type { BlockWeights } from '../types.ts';

/** One trial as a plot sees it. */
export interface PlotTrial {
  /** `null` for a failed trial: it is marked on the axis and enters no number. */
  readonly score: number | null;
  /** The score without what the images of this trial are easier or harder than others; drawn in its place where given. */
  readonly comparable?: number | undefined;
  readonly weights: BlockWeights;
  readonly images?: readonly { readonly payload: string; readonly score: number }[];
  /** How many images it took; that of `images` unless given. Undefined where neither is known. */
  readonly imageCount?: number | undefined;
  /** The number by which other outputs of the run call it, in the order of the trials; its place among the iterations unless given. */
  readonly iteration?: number | undefined;
  /** The name of the baseline that it is (`A`, `B`, `half`): drawn as a line, and never an iteration or the best. */
  readonly baseline?: string | undefined;
}

/** What every merge has to beat: model A, model B, half of each. */
export interface PlotBaseline {
  /** `A`, `B` or `half`. */
  readonly name: string;
  readonly score: number;
}

/** How much of the score's variance the weight of a block, or of a group, accounts for: 0 to 1, with an interval. */
export interface PlotImportance {
  /** The block, or the blocks that share the weight, joined by `+`. */
  readonly name: string;
  /** Blocks whose names are not in `name`: those near a knot of a curve. */
  readonly blocks?: readonly string[];
  readonly total: number;
  readonly low: number;
  readonly high: number;
}

/** A trial by what it reaches in each goal of its search. */
export interface PlotGoalPoint {
  readonly iteration: number;
  /** `A`, `B` or `half`. */
  readonly baseline?: string | undefined;
  /** In the order of the goals, higher is better. */
  readonly values: readonly number[];
  /** Nothing measured beats it in every goal. */
  readonly isOnFront: boolean;
}

/** Of a search that keeps two or three goals apart. */
export interface PlotGoals {
  readonly names: readonly string[];
  readonly points: readonly PlotGoalPoint[];
  /** Iteration in the middle of the front. */
  readonly knee?: number | undefined;
}

/** What the curve over the iterations shows: the score, how far it is from the best possible, or both. */
export type PlotView = 'reward' | 'loss' | 'both';

/** What trials are drawn over: their number, or the images that had been made when each was finished. */
export type PlotAxis = 'iterations' | 'images';

export interface PlotRun {
  readonly name: string;
  /** In the order of asking: the iteration is the position among those that are no baseline, from 1. */
  readonly trials: readonly PlotTrial[];
  /** Where the run was read from, for people. */
  readonly origin?: string;
  /** Those among the trials unless given. */
  readonly baselines?: readonly PlotBaseline[] | undefined;
  /** Drawn under the weights of a single run. */
  readonly importance?: readonly PlotImportance[] | undefined;
  /** Drawn of a single run; undefined where it has one score only. */
  readonly goals?: PlotGoals | undefined;
}

/** The iterations: all but the baselines. */
export function ordinary(trials: readonly PlotTrial[]): readonly PlotTrial[] {
  return trials.filter(({ baseline }) => baseline === undefined);
}

/** Null for a failed trial. */
export function drawnScore({ score, comparable }: PlotTrial): number | null {
  return score === null ? null : (comparable ?? score);
}
