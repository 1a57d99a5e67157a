/**
 * The proof at the end of a search: its best merge against what it has to beat, on fresh images (seeds that the search never
 * used), so that nothing in the comparison was chosen by these images.
 *
 *     requests with fresh seeds → every candidate gets the same images → paired comparisons → verdict
 */
import type { OrderedImage } from '../allocation/index.ts';
import type { BaselineName, BlockWeights, FailedImage, ImageRecord, ImageRequest } from '../types.ts';

/** Who is compared. */
export type CandidateName = 'best' | 'runner-up' | BaselineName;

export interface Candidate {
  readonly name: CandidateName;
  /** The trial whose weights they are; null for a baseline that the search has not measured. */
  readonly trial: number | null;
  readonly weights: BlockWeights;
}

/** What is drawn: frozen before the first image, so that an interrupted proof goes on with the same ones. */
export interface ProofPlan {
  /** 1, 2, 3 … within a journal. */
  readonly proof: number;
  /** The best first. */
  readonly candidates: readonly Candidate[];
  readonly requests: readonly ImageRequest[];
  /** The images of these requests that every candidate gets. */
  readonly images: readonly OrderedImage[];
  readonly scorers: readonly { readonly id: string; readonly version: string; readonly weight: number }[];
}

/** A candidate's images, in the order of the plan's; those that could not be had are missing. */
export interface CandidateImages {
  readonly candidate: Candidate;
  readonly images: readonly ImageRecord[];
  readonly missing: readonly FailedImage[];
}

/** Two candidates on the images that both have. */
export interface Comparison {
  readonly of: CandidateName;
  readonly against: CandidateName;
  /** Pairs of images. */
  readonly images: number;
  /** On so many of them the first was better, and on so many worse. */
  readonly better: number;
  readonly worse: number;
  /** Mean difference of the scores, first minus second. */
  readonly mean: number;
  /**
   * Confidence interval of the mean: all comparisons of the verdict, and of earlier ones of the same images, hold together with its
   * level. It leaves 0 out only where a difference is shown.
   */
  readonly low: number;
  readonly high: number;
  readonly result: 'better' | 'worse' | 'undecided';
  /** About so many images would show a difference as large as the one seen; null where it is shown, or where there is none. */
  readonly needed: number | null;
}

export interface Verdict {
  /** Images that each candidate was to get. */
  readonly images: number;
  /** Of all intervals together: 0.95. */
  readonly level: number;
  /** Mean score on the fresh images; a candidate without images has none. */
  readonly means: readonly { readonly name: CandidateName; readonly mean: number; readonly images: number }[];
  readonly comparisons: readonly Comparison[];
  /** The best, or the runner-up where that has proved to be better. */
  readonly winner: CandidateName;
  /** The winner is a merge, and better than every baseline that it differs from. */
  readonly isProved: boolean;
  /** 1 = nobody had seen a verdict on these images by these scorers; absent in older journals. */
  readonly look?: number | undefined;
}

/** A proof as a journal holds it. */
export interface Proof {
  readonly plan: ProofPlan;
  /** Of the candidates that are done. */
  readonly results: readonly CandidateImages[];
  /** Null until all of them are. */
  readonly verdict: Verdict | null;
}
