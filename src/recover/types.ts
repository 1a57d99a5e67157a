/** What recovering a log yields, and the events that the two readers (console, JSON lines) hand to the run builder. */
import type { Recipe } from '../formats/recipe.ts';
import type { BlockWeights } from '../space/blocks.ts';

export interface RecoveredIteration {
  readonly weights: BlockWeights;
  readonly score: number;
}

export interface RecoveredBest {
  readonly weights: BlockWeights;
  /** `null` when only a recipe is known: recipes carry no score. */
  readonly score: number | null;
  /** Where the weights were read. */
  readonly source: 'end-block' | 'iterations' | 'recipe';
}

/** Seconds, from the end block. */
export interface RunTimings {
  readonly evaluation?: number;
  readonly optimization?: number;
  readonly iteration?: number;
}

export interface RecoveredRun {
  readonly format: 'console' | 'json-lines';
  /** Line of the file where the run begins, from 1. */
  readonly firstLine: number;
  /** Every scored iteration in the file's order. Repeats that the Python tool answered from memory print nothing. */
  readonly iterations: readonly RecoveredIteration[];
  readonly best?: RecoveredBest;
  /** Weights that were tried and have no score: the run stopped, or the trial failed, while they were evaluated. */
  readonly unfinished: readonly BlockWeights[];
  /** What a cut end block still shows when no whole set could be found for it. */
  readonly partialBest?: { readonly weights: BlockWeights; readonly score: number | null };
  readonly recipe?: Recipe;
  readonly modelA?: string;
  readonly modelB?: string;
  readonly modelO?: string;
  readonly timings?: RunTimings;
  /** Random seed of the optimizer. */
  readonly seed?: number;
  /** As printed, e.g. `Bayesian Optimization`. */
  readonly optimizer?: string;
  /** Everything odd that was met, one sentence each, with line numbers. */
  readonly notes: readonly string[];
}

export interface Recovered {
  readonly runs: readonly RecoveredRun[];
  /** Odd things that belong to no run. */
  readonly notes: readonly string[];
}

/** One thing read from a log; `line` counts from 1. `logged`: it stood behind the tool's own logger prefix. */
export type LogEvent = { readonly line: number } & (
  | { readonly kind: 'start' }
  | { readonly kind: 'model'; readonly which: 'A' | 'B' | 'O'; readonly value: string }
  | { readonly kind: 'saving'; readonly modelO: string }
  | { readonly kind: 'progress'; readonly optimizer: string; readonly done: number | undefined }
  | { readonly kind: 'weights'; readonly weights: BlockWeights; readonly logged: boolean }
  | { readonly kind: 'weights-damaged'; readonly reason: string }
  | { readonly kind: 'score'; readonly score: number; readonly logged: boolean }
  | { readonly kind: 'score-damaged'; readonly reason: string }
  | { readonly kind: 'recipe'; readonly recipe: Recipe }
  | { readonly kind: 'results' }
  | { readonly kind: 'best-score'; readonly score: number }
  | { readonly kind: 'parameter'; readonly index: number; readonly value: number }
  | { readonly kind: 'parameters-end' }
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'timing'; readonly which: keyof RunTimings; readonly seconds: number }
  | { readonly kind: 'trial-asked'; readonly trial: number; readonly weights: BlockWeights }
  | {
      readonly kind: 'trial-scored';
      readonly trial: number;
      readonly score: number;
      readonly weights: BlockWeights | undefined;
      /** How many the score is made of; undefined where the line does not say. */
      readonly images: number | undefined;
    }
  /** More images of a trial: its score with all of them. */
  | { readonly kind: 'trial-added'; readonly trial: number; readonly score: number; readonly images: number }
  | { readonly kind: 'trial-failed'; readonly trial: number; readonly weights: BlockWeights | undefined }
  | { readonly kind: 'settings'; readonly seed: number | undefined; readonly optimizer: string }
  | { readonly kind: 'note'; readonly text: string }
);
