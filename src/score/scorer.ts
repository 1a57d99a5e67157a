/** The contract of every scorer: an image (and its prompt) in, a number out, or a reason why there is none. */
import type { ImageRecord, Pixels, RaterAnswer } from '../types.ts';

export interface ScoreItem {
  readonly pixels: Pixels;
  /** The encoded file as it came from the server. */
  readonly bytes: Uint8Array;
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly payload: string;
  readonly seed: number;
  readonly infotext: string | null;
  /** Which image of which trial it is; absent for an image that belongs to no search. */
  readonly place?: ImagePlace;
  /** Which image of how many that are being made for the same merge, from 1: for a person who waits for them. Absent = unknown. */
  readonly batch?: ImageBatch;
}

export interface ImageBatch {
  readonly nth: number;
  readonly of: number;
}

export interface ImagePlace {
  /** Number of the trial. */
  readonly trial: number;
  /** `ImageRequest.id`. */
  readonly request: string;
  /** Position within the request, from 0. */
  readonly index: number;
}

/** An image with the hash of its pixels. */
export type MeasuredImage = ImagePlace & Pick<ImageRecord, 'pixels'>;

/** The images that a search has measured, for scorers that compare. */
export interface MeasuredImages {
  /** Is it a request of the search? */
  has(request: string): boolean;
  /** Trials whose scores count, as things stand. */
  trials(): readonly MeasuredTrialImages[];
  /** The encoded file of an image; undefined where it was not kept, or is another one by now. */
  read(image: MeasuredImage): Promise<Uint8Array | undefined>;
  /** What was said of this very image before the run was interrupted. */
  recall(image: MeasuredImage): RaterAnswer | undefined;
  /** Keeps an answer as soon as it counts: its trial may never be finished. */
  keep(image: MeasuredImage, answer: RaterAnswer): void;
}

export interface MeasuredTrialImages {
  readonly id: number;
  readonly images: readonly Pick<ImageRecord, 'request' | 'index' | 'pixels' | 'answer' | 'answers'>[];
}

/** `invalid`: the image cannot be judged (black, constant, broken): the trial fails, it does not score 0. */
export type ScoreResult =
  | {
      readonly state: 'scored';
      readonly value: number;
      readonly parts?: Readonly<Record<string, number>>;
      /** Of a person who compares: for the journal, so that it is never asked for again. */
      readonly answer?: RaterAnswer;
      /** The same of several people. */
      readonly answers?: readonly RaterAnswer[];
    }
  | {
      readonly state: 'invalid';
      readonly reason: string;
      /** Somebody left it out: nothing is wrong with the image. */
      readonly isSkipped?: true;
    };

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
  /** Told before the first score to which journal the images belong, where there is one. */
  attach?(journal: string): void;
  /** Told once before the first score of a search, of a new one and of one that goes on. */
  follow?(measured: MeasuredImages): void;
  /** One result per item, in order. Throws only when the scorer itself is broken. */
  score(items: readonly ScoreItem[], signal: AbortSignal): Promise<readonly ScoreResult[]>;
  /** Of a scorer that asks a server: whether that answers now, for an image that it has scored before. False where it has scored none. */
  answers?(signal: AbortSignal): Promise<boolean>;
  close?(): Promise<void>;
}
