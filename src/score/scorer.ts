/** The contract of every scorer: an image (and its prompt) in, a number out, or a reason why there is none. */
import type { Pixels } from '../types.ts';

export interface ScoreItem {
  readonly pixels: Pixels;
  /** The encoded file as it came from the server. */
  readonly bytes: Uint8Array;
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly payload: string;
  readonly seed: number;
  readonly infotext: string | null;
}

/** `invalid`: the image cannot be judged (black, constant, broken): the trial fails, it does not score 0. */
export type ScoreResult =
  | { readonly state: 'scored'; readonly value: number; readonly parts?: Readonly<Record<string, number>> }
  | { readonly state: 'invalid'; readonly reason: string };

export interface Scorer {
  /** As in the registry and in `--scorer`. */
  readonly id: string;
  /** Changes whenever the same image could get another number; part of the cache key and of the plan. */
  readonly version: string;
  readonly needsPrompt: boolean;
  /** Bounds of the raw value; `null` where unbounded. */
  readonly range: { readonly min: number | null; readonly max: number | null };
  /** False for distances and error measures: the combination flips them in one place. */
  readonly higherIsBetter: boolean;
  /**
   * Why no image of a prompt could be judged, in one sentence; asked before the run.
   * @param body of the request for its images
   */
  refuses?(prompt: string, body?: Readonly<Record<string, unknown>>): string | undefined;
  /** Reads beforehand what `version` is made of, where that takes long: signals are heard meanwhile. */
  identify?(signal: AbortSignal): Promise<void>;
  /** Loads what is needed; called once before the first score. */
  open?(signal: AbortSignal): Promise<void>;
  /** One result per item, in order. Throws only when the scorer itself is broken. */
  score(items: readonly ScoreItem[], signal: AbortSignal): Promise<readonly ScoreResult[]>;
  close?(): Promise<void>;
}
