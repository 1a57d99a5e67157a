/**
 * What one optimizer adds to the shared machinery of `ask-tell.ts`: a proposer that says which point of the cube
 * comes next. Everything else (ids, bounds, grid, repeats, failures, queue) is kept for it.
 */
import type { CubePoint, Grid } from './grid.ts';
import type { ImageNoise } from '../belief.ts';
import type { Rng } from '../math/rng.ts';

export interface Proposer {
  /** The next point; it is snapped to the grid afterwards. Called again with other random numbers when the point is taken. */
  propose(ask: AskContext): ArrayLike<number>;
  /**
   * Every outcome, in the order of telling: own points, queued ones, and learned ones (which were never asked). Who observes has
   * a state of its own: it is not told of better measurements, and a point that it has proposed is kept for the next ask.
   */
  observe?(outcome: Outcome): void;
  /** Which observation to hand to the user, by the proposer's model; without it: the best score, the first among equals. */
  recommend?(
    history: History,
    isWanted: (point: CubePoint) => boolean,
  ): { readonly observation: Observation; readonly expected: number } | undefined;
  /** What its model makes of the scores; undefined while there are too few, or nothing is known of single images. */
  believe?(history: History): CubeBelief | undefined;
  /**
   * `true`: a point that was evaluated before may be proposed again (simplex and pattern moves need it).
   * Otherwise the nearest free point takes its place until the grid is exhausted.
   */
  readonly repeats?: boolean;
}

/** `Belief` in the cube. */
export interface CubeBelief {
  worth(
    prospects: readonly { readonly point: CubePoint; readonly had: number; readonly images: number }[],
  ): number[];
  imageNoise(point: CubePoint): ImageNoise;
}

export interface AskContext {
  /** Number of this ask, from 1. */
  readonly id: number;
  /** Random numbers of this ask alone. */
  readonly random: Rng;
  readonly history: History;
}

/** All that is known, for rules that look back instead of keeping a state of their own. */
export interface History {
  /** Scored points in the order of telling, learned ones included; one that was told again stays in its place. */
  readonly observations: readonly Observation[];
  /** Another number whenever the observations are others: what is made of them can be kept until then. */
  readonly revision: number;
  /** Asked and not yet told, in the order of asking. */
  readonly open: readonly CubePoint[];
  readonly failed: readonly CubePoint[];
  /** Evaluated, open or failed in this run. Learnt points are free: they have no trial yet. */
  readonly isTaken: (point: CubePoint) => boolean;
}

export interface Observation {
  /** The ask's id; undefined for learned data. */
  readonly id: number | undefined;
  /** On the grid for trials; learned points are where they are, even outside the cube. */
  readonly point: CubePoint;
  readonly score: number;
  /** Variance of the score as an estimate; 0 when unknown. */
  readonly variance: number;
  /** Images behind the score, the first of the search's order; undefined when unknown. */
  readonly images?: number;
  /** What one image has of its own; undefined when unknown. */
  readonly noise?: ImageNoise;
  /** A number for each goal of the search; undefined when unknown. */
  readonly goals?: readonly number[];
}

export type Outcome =
  Observation | { readonly id: number; readonly point: CubePoint; readonly score: undefined };

/** What a proposer is made from. */
export interface ProposerContext {
  readonly grid: Grid;
  readonly seed: number;
}
