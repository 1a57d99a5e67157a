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
  /** Equal steps between them; 0 = any weight. */
  readonly intervals: number;
}

/** Share of the variance of the score over the searched space, from 0 to 1. */
interface PageImportance {
  readonly name: string;
  readonly blocks: readonly string[];
  /** With all its interactions. */
  readonly total: PageEstimate;
  /** On its own. */
  readonly first: PageEstimate;
}

/** What two weights do together and neither does alone: a share as of {@link PageImportance}. */
interface PageInteraction {
  readonly names: readonly [string, string];
  readonly share: PageEstimate;
}

/** Something that can be done about it. */
export interface PageSuggestion {
  /** One plain sentence. */
  readonly sentence: string;
  /** What to type after `autombw search …` of the same run; null where nothing is to be typed. */
  readonly option: string | null;
}

/** The expected score along one weight, all others as in the best. */
export interface PageSlice {
  readonly name: string;
  /** In units of the score, without the noise of images; weights rise. */
  readonly curve: readonly { readonly weight: number; readonly score: PageEstimate }[];
  /** Measured iterations whose other weights are most like those of the best, the most alike first; the best itself among them. */
  readonly near: readonly { readonly trial: number; readonly weight: number; readonly score: number }[];
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
  /** The journal has grown since: the same will be computed again for whoever asks later. */
  readonly isOld: boolean;
  readonly dimensions: readonly PageDimension[];
  /** The most important first; empty where there is not enough data. */
  readonly importance: readonly PageImportance[];
  /** Why there is no importance; null where there is. */
  readonly reason: string | null;
  /** Merges that must still get a score before anything can be said; null where there are enough, or nobody knows. */
  readonly missing: number | null;
  /** Share of the differences between scores that the model predicts of merges that it has not seen; null without importance. */
  readonly explained: number | null;
  /** The strongest first; only those that are told apart from nothing. */
  readonly interactions: readonly PageInteraction[];
  readonly suggestions: readonly PageSuggestion[];
  /** In the order of the dimensions; empty where there is not enough data. */
  readonly slices: readonly PageSlice[];
  /** The tenth with the best scores, at least three and at most 100, the best first. */
  readonly top: readonly PagePoint[];
  /** All measured points, for where it has looked; thinned out where there are more than 500. */
  readonly measured: readonly PagePoint[];
  /** Weights of the best, in the order of the dimensions; null while there is none. */
  readonly best: readonly number[] | null;
}
