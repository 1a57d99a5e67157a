/**
 * The contract of whoever decides what images are spent on: a new merge, or more images of one that is known. Every answer
 * depends on what is known alone, so that a run that was stopped goes on as if it never had been.
 */
import type { Belief, Dimension } from '../optimizers/index.ts';

export type Step =
  | {
      readonly kind: 'new';
      /** The first so many images of the order. */
      readonly images: number;
    }
  | {
      readonly kind: 'more';
      readonly trial: number;
      /** So many in all, more than it was given before. */
      readonly images: number;
    };

export interface Allocation {
  /** What the next minute is spent on. Pure: depends on its argument alone. */
  next(known: Known): Step;
  /** What the candidates for the best still need once the search is over by a goal (limit, budget, early stop); undefined: nothing. */
  finish(known: Known): Extract<Step, { kind: 'more' }> | undefined;
}

/** What is known. Steps are cut to whole units of images by whoever carries them out. */
export interface Known {
  /** Images of the whole set. */
  readonly total: number;
  /** How many images a trial can have, rising: what is made in one generation stays together. The last one is `total`. */
  readonly ends: readonly number[];
  /** Seconds of one merge over the seconds of one image, rounded: 0, 1, 2, 4 … 32. */
  readonly mergeCost: number;
  /** Trials of this run that were measured and have a score, in the order of asking. */
  readonly trials: readonly KnownTrial[];
  /** Images that may still be made (`--budget-images`); Infinity without a budget. */
  readonly imagesLeft: number;
  /** The optimizer's next point, without asking it. */
  readonly proposal: () => readonly number[];
  /** What the optimizer's model makes of all scores; undefined while it can say nothing. */
  readonly belief: () => Belief | undefined;
  /** The search, as optimizers see it. */
  readonly space: { readonly dimensions: readonly Dimension[] };
}

export interface KnownTrial {
  readonly id: number;
  /** In the order of the dimensions. */
  readonly point: readonly number[];
  /** Scores in the plan's image order; undefined = wanted, but missing. */
  readonly scores: readonly (number | undefined)[];
  /** More images of it are under way. */
  readonly isOpen: boolean;
}
