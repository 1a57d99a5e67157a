/** What the optimizer believes of a run, as JSON: the words that server and browser share. No code, and nothing imported. */

/** A number that is known from `low` to `high` (95 %). */
export interface PageEstimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** One searched weight: the name of its block, or of those that share it. */
export interface PageDimension {
  readonly name: string;
  readonly blocks: readonly string[];
  readonly low: number;
  readonly high: number;
}

/** Share of the variance of the score over the searched space, from 0 to 1. */
export interface PageImportance {
  readonly name: string;
  readonly blocks: readonly string[];
  /** With all its interactions. */
  readonly total: PageEstimate;
  /** On its own. */
  readonly first: PageEstimate;
}

/** The expected score along one weight, all others as in the best. */
export interface PageSlice {
  readonly name: string;
  /** In units of the score, without the noise of images. */
  readonly curve: readonly { readonly weight: number; readonly score: PageEstimate }[];
}

/** One of the top tenth, in the units of the weights. */
export interface PagePoint {
  readonly trial: number;
  readonly score: number;
  /** In the order of the dimensions. */
  readonly weights: readonly number[];
}

export interface PageBeliefs {
  /** Scored iterations that they are computed from. */
  readonly trials: number;
  readonly dimensions: readonly PageDimension[];
  /** The most important first; empty where there is not enough data. */
  readonly importance: readonly PageImportance[];
  /** Why there is no importance; null where there is. */
  readonly reason: string | null;
  readonly slices: readonly PageSlice[];
  readonly top: readonly PagePoint[];
  /** All measured points, for where it has looked; thinned out where there are more than 500. */
  readonly measured: readonly PagePoint[];
  /** Weights of the best, in the order of the dimensions; null while there is none. */
  readonly best: readonly number[] | null;
}
