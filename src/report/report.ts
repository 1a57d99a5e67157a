/**
 * A run as its report shows it: plain data. read-run.ts makes it of a journal, page.ts makes one HTML file of one or several.
 *
 *     journal → ReportRun → sections → page (and as many of the kept images as fit)
 */
import type { Importance } from '../importance/importance.ts';
import type { SearchPlan } from '../journal/record.ts';
import type { RecordedProof } from '../proof/read-proofs.ts';
import type { BlockWeights, FinishedTrial } from '../types.ts';

export interface ReportRun {
  /** Of the merged model. */
  readonly name: string;
  /** Path of the journal, as somebody would type it. */
  readonly journal: string;
  /** ISO 8601, UTC; undefined where the journal does not say. */
  readonly began: string | undefined;
  /** Of the last record. */
  readonly ended: string | undefined;
  readonly end: RunEnd;
  readonly models: { readonly a: ReportModel; readonly b: ReportModel };
  /** Undefined for a journal that was recovered from a log. */
  readonly plan: SearchPlan | undefined;
  /** In the order in which they finished, baselines included. */
  readonly trials: readonly FinishedTrial[];
  /** By trial, the score to compare it by. */
  readonly comparable: ReadonlyMap<number, number>;
  /** The merge that the run recommends; undefined where nothing was scored. */
  readonly recommended: Recommended | undefined;
  /** The one that says most of what the run recommends, as chooseProof has it. */
  readonly proof: RecordedProof | undefined;
  readonly importance: Importance | undefined;
  /** What the scorers say about images, and what they do not. */
  readonly judging: Judging | undefined;
  /** Sentences on what went wrong, the gravest first. */
  readonly warnings: readonly string[];
}

export interface RunEnd {
  /** `open`: neither stopped nor finished, whether it still runs or was killed. */
  readonly kind: 'finished' | 'stopped' | 'open' | 'recovered';
  /** One sentence. */
  readonly sentence: string;
}

export interface ReportModel {
  /** For people. */
  readonly name: string;
  readonly file: string | undefined;
  readonly hash: string | undefined;
}

export interface Recommended {
  readonly weights: BlockWeights;
  /** Undefined where no trial of the run has these weights. */
  readonly trial: number | undefined;
  readonly score: number | undefined;
}

interface Judging {
  /** Does any of them judge taste or the prompt? */
  readonly judges: boolean;
  readonly sentence: string;
  /** What to type to get a judge. */
  readonly suggestion: string | undefined;
}

/** The kept images of a run that its report shows: rows of merges, columns of images. */
export interface Album {
  /** Of the proof's fresh images, or of those that the search itself made. */
  readonly source: 'proof' | 'search';
  readonly rows: readonly AlbumRow[];
  readonly columns: readonly AlbumColumn[];
  /** Why there are fewer or smaller ones than were kept, or none. */
  readonly note: string | undefined;
}

export interface AlbumRow {
  /** `A`, `best`. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** Mean score of all its images of this source. */
  readonly mean: number | undefined;
  /** In the order of the columns; a reason where there is none: `not drawn`. */
  readonly pictures: readonly (Picture | string)[];
}

export interface AlbumColumn {
  readonly payload: string;
  readonly seed: number;
  readonly prompt: string;
  /** What people tell it by; the payload's name where left out. */
  readonly caption?: string;
}

/** One embedded image. */
export interface Picture {
  /** A data URI. */
  readonly uri: string;
  /** Pixels as embedded. */
  readonly width: number;
  readonly height: number;
  readonly score: number;
}

/** A drawing of the search. */
export interface Drawing {
  readonly title: string;
  /** For small and for wide places; the same for both where there is only one. */
  readonly narrow: string;
  readonly wide: string;
}

/** A run with its images and drawings. */
export interface ReportPart {
  readonly run: ReportRun;
  readonly album: Album;
  readonly drawings: readonly Drawing[];
}
