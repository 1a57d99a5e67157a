/**
 * Which blocks decide the score of a run, and what follows from it. The words here are those of variance-based sensitivity
 * analysis (Sobol 1993; Saltelli et al. 2008): the weights are drawn uniformly from the searched bounds, and the variance of the
 * score over such merges is shared out among the weights. Noise of images is no part of it.
 */
import type { BlockName } from '../types.ts';

/** A number that is known from `low` to `high` (95 %). */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A share of the variance of the score over the searched space, from 0 to 1. */
export type Effect = Estimate;

/** One searched weight. */
export interface DimensionImportance {
  /** The block's name, or the names of those that share the weight joined by `+`. */
  readonly name: string;
  readonly blocks: readonly BlockName[];
  /** With all its interactions: how much variance is left when every other weight is settled. */
  readonly total: Effect;
  /** On its own: how much variance goes when this weight is settled. Never above `total`. */
  readonly first: Effect;
}

/** What two weights do together and neither does alone. */
export interface Interaction {
  /** Names of two dimensions, the more important one first. */
  readonly names: readonly [string, string];
  readonly effect: Effect;
}

/** Something that can be done about it. */
export type Suggestion = {
  /** One plain sentence for people, without what to type. */
  readonly sentence: string;
  /** What to type after `autombw search …` of the same run, e.g. `--high 1.2`; undefined where nothing is to be typed. */
  readonly option: string | undefined;
} & (
  | {
      /** These hardly matter: they may stand still. */
      readonly kind: 'freeze';
      readonly weights: Readonly<Record<BlockName, number>>;
      /** Upper bound (95 %) of the share of the variance that all of them have together. */
      readonly share: number;
    }
  | {
      /** These act alike and can share one weight. */
      readonly kind: 'group';
      readonly blocks: readonly BlockName[];
    }
  | {
      /** The best weight stands at its bound, and the score still rises there. */
      readonly kind: 'widen';
      readonly blocks: readonly BlockName[];
      readonly bound: number;
    }
  | {
      /** Whether more iterations pay: the expected gain of the next ones in units of the score. */
      readonly kind: 'go-on' | 'stop';
      readonly iterations: number;
      readonly gain: Estimate;
    }
);

export type Importance =
  | {
      readonly enough: true;
      /** The most important first. Every searched weight is there. */
      readonly dimensions: readonly DimensionImportance[];
      /** The strongest first; only those that are told apart from nothing. */
      readonly interactions: readonly Interaction[];
      /** Scored trials that it is computed from. */
      readonly trials: number;
      /** Share of the variance of the measured scores that the model predicts of trials that it has not seen, up to 1. */
      readonly explained: number;
      /** By how much the next {@link NEXT_ITERATIONS} iterations raise the score of the merge that is handed out. */
      readonly expectedGain: Estimate;
      readonly suggestions: readonly Suggestion[];
    }
  | {
      readonly enough: false;
      /** One plain sentence that says why. */
      readonly reason: string;
      /** Merges that must still get a score before it is tried; absent where that is not the reason. */
      readonly missing?: number;
    };

/** Iterations that `expectedGain` speaks of. */
export const NEXT_ITERATIONS = 20;
