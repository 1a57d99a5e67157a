/**
 * The contract of every optimizer: ask and tell, nothing else. No I/O, no clock, no images. Always maximises.
 *
 * Determinism: the answer to ask number k depends only on the seed, on k, and on what has been told, learned and
 * enqueued before. A journal replayed in its order rebuilds the same state.
 */

import type { Belief, ImageNoise } from './belief.ts';

/** One free number of the search. */
export interface Dimension {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Steps between low and high: 10 gives 11 values. 0 = continuous. */
  readonly intervals: number;
  /** `choice`: its values have no order, and 1 is no nearer to 2 than to 5. Absent = a number. */
  readonly kind?: 'choice' | undefined;
}

export interface OptimizerSettings {
  readonly space: { readonly dimensions: readonly Dimension[] };
  /** Any integer; the same seed gives the same run. */
  readonly seed: number;
  /** Own parameters of the optimizer, by name; unknown names are refused. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A point to be evaluated. */
export interface Asked {
  /** 1, 2, 3 … in the order of asking. */
  readonly id: number;
  /** In the order of the dimensions, each within [low, high] and on the grid. */
  readonly values: readonly number[];
  /** `queued` when it comes from {@link Optimizer.enqueue}. */
  readonly origin: 'optimizer' | 'queued';
}

/**
 * A measured score. `variance` is that of the score as an estimate, `images` the number of images behind it: a trial that has
 * fewer of them is known less well.
 */
export interface ToldScore {
  readonly score: number;
  readonly variance?: number;
  readonly images?: number;
  /** Of one image; without `images` it means nothing. */
  readonly noise?: ImageNoise;
  /**
   * Where a search has several goals, a finite number for each, in their order, higher is better; as many for every point. Absent: not
   * known of this point. Optimizers that know one goal only go by `score`.
   */
  readonly goals?: readonly number[];
}

/** The outcome of a trial; a failure carries no number. */
export type Told = number | ToldScore | 'failed';

/** What to hand to the user. */
export interface Recommendation {
  readonly values: readonly number[];
  /** The score told for these values. */
  readonly observed: number;
  /** The model's estimate of the true score there, where the optimizer has a model. */
  readonly expected?: number;
}

export interface Optimizer {
  /** The next point. Several asks may be open at once; open points are taken into account. */
  ask(): Asked;
  /**
   * The values that the next ask gives, unless something is told, learned or enqueued before. An optimizer with a state of
   * its own gives them even then: no second proposal is drawn.
   */
  peek(): readonly number[];
  /**
   * The outcome of an open ask; never changes its arguments.
   * @throws RangeError for an id that is not open, TypeError for a score that is not finite
   */
  tell(id: number, outcome: Told): void;
  /**
   * A better measurement of what was told or learned before, in its place. Optimizers that look back at all scores heed it;
   * one with a state of its own stays as it is, and only its recommendation follows.
   * @param id of the ask, or what `learn` returned
   * @throws RangeError for an id that has no score, TypeError for a score that is not finite
   */
  retell(id: number, outcome: Exclude<Told, 'failed'>): void;
  /** A point to be asked next, before the optimizer's own (warm start). Snapped to the grid. */
  enqueue(values: readonly number[]): void;
  /**
   * A finished evaluation from elsewhere (an old history): data for the model, no trial.
   * @returns the number under which it can be told again: below 0, so that it is no ask's
   */
  learn(values: readonly number[], outcome: Exclude<Told, 'failed'>): number;
  /**
   * The recommendation so far, out of the trials; out of learned data while there is no scored trial, undefined without either.
   * @param isWanted leaves points out, by their values: the best of the others is recommended
   */
  best(isWanted?: (values: readonly number[]) => boolean): Recommendation | undefined;
  /** What a model makes of the scores told so far; undefined while there are too few, or they were told without image noise. */
  belief(): Belief | undefined;
}
