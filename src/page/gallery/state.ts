/** Kept pictures of a run, as JSON: the words that server and browser share. No code, and nothing imported. */

/** One picture that every merge of a set gets: same payload, same seed. */
export interface GallerySlot {
  readonly payload: string;
  readonly seed: number;
  /** Its beginning. */
  readonly prompt: string;
}

/** An iteration or baseline with kept pictures. */
export interface GalleryRow {
  readonly id: number;
  /** What it is compared by; null for one that failed or was rejected. */
  readonly score: number | null;
  /** Mean value of every scorer, in the order of the index; null where it judged none of the pictures. */
  readonly means: readonly (number | null)[];
  /** Slots whose picture is kept, ascending. */
  readonly kept: readonly number[];
  /** Another picture has another one: part of addresses. */
  readonly version: string;
  /** `A`, `B` or `half`. */
  readonly baseline?: string;
}

/** One of those that a proof compares. */
interface GalleryCandidate {
  /** Its part of addresses, `proof1-best`. */
  readonly id: string;
  readonly name: string;
  readonly trial: number | null;
  /** Mean score on the fresh images; null where it has none. */
  readonly mean: number | null;
  /** How many of its pictures are kept. */
  readonly kept: number;
}

/** Pictures of seeds that the search never used. */
export interface GalleryProof {
  readonly proof: number;
  readonly slots: readonly GallerySlot[];
  readonly candidates: readonly GalleryCandidate[];
  /** What it has shown, a sentence each; none until it is over. */
  readonly words: readonly string[];
}

export interface GalleryIndex {
  /** Names of the scorers. */
  readonly scorers: readonly string[];
  /** Of the search. */
  readonly slots: readonly GallerySlot[];
  /** By number. */
  readonly rows: readonly GalleryRow[];
  /** Iterations and baselines that have pictures, kept or not. */
  readonly drawn: number;
  readonly proofs: readonly GalleryProof[];
}

export interface GalleryPicture {
  readonly slot: number;
  readonly score: number;
  /** What every scorer said of it, before it is turned round, mapped or weighted. */
  readonly raw: Readonly<Record<string, number>>;
  readonly isKept: boolean;
  /** Seconds of generation. */
  readonly seconds: number;
}

/** One of two that are compared. */
export interface GalleryMerge {
  readonly id: string;
  readonly trial: number | null;
  /** Its pictures are those of this iteration, which has the same weights; absent where they are its own. */
  readonly picturesOf?: number;
  readonly baseline?: string;
  readonly state: 'scored' | 'failed';
  readonly score: number | null;
  /** Why it failed, or where its score is from. */
  readonly note?: string;
  /** ISO 8601, UTC. */
  readonly at?: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly version: string;
  /** Those that were made, by slot. */
  readonly pictures: readonly GalleryPicture[];
}

export interface GallerySetting {
  readonly name: string;
  readonly value: string;
}

/** What is known of how one picture was made. */
export interface GalleryInfo {
  /** Null where it is not kept. */
  readonly file: {
    readonly name: string;
    readonly bytes: number;
    readonly width: number;
    readonly height: number;
  } | null;
  /** The whole text of the file; null where it holds none. */
  readonly infotext: string | null;
  /** Texts were too long and have lost their end. */
  readonly isCut: boolean;
  /** Who says what follows: the file, or what was asked for. */
  readonly source: 'file' | 'request';
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly settings: readonly GallerySetting[];
  /** Of the run: server, and the way of merging; empty where nobody knows. */
  readonly server: string;
}
