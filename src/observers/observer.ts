/**
 * What a run tells those who watch it: progress bar, log, CSV, dashboard. Observers read and write nothing back; every
 * method is optional, and one that throws is reported and does not stop the run.
 */
import type { BlockWeights } from '../space/blocks.ts';
import type { ArrivedImage, Best, FinishedTrial, OpenTrial } from '../types.ts';

/** What is known before the first iteration of a session. */
export interface RunFacts {
  readonly output: string;
  readonly modelA: string;
  readonly modelB: string;
  readonly optimizer: string;
  /** Baselines included. */
  readonly iterations: number;
  /** Images of the whole set: a trial may have fewer. */
  readonly imagesPerTrial: number;
  readonly journal: string;
  /** What earlier sessions of the run have found. */
  readonly progress: RunProgress;
}

export interface TrialProgress {
  readonly trial: number;
  /** What is being measured where it is no iteration. */
  readonly label?: string;
  readonly lane: string;
  /** Images finished and asked for. */
  readonly done: number;
  readonly total: number;
  readonly step: number | null;
  readonly steps: number | null;
}

/** What one of the WebUIs does. */
export interface LaneState {
  readonly lane: string;
  /** Without a login; null where nobody knows. */
  readonly address: string | null;
  /** `idle`: nothing is asked of it; the others are those of an evaluator. */
  readonly state: 'idle' | 'merging' | 'drawing' | 'waiting' | 'down';
  /** For people. */
  readonly sentence: string;
  /** Of several WebUIs: images that it has made for this session, and the seconds of one; null before the first. */
  readonly images?: number | undefined;
  readonly secondsPerImage?: number | null | undefined;
}

/** An image of a trial that is being measured. */
export interface TrialImage {
  readonly trial: number;
  /** What is being measured where it is no iteration. */
  readonly label?: string;
  /** Images that the trial had before, and will have when this measurement is done. */
  readonly had: number;
  readonly total: number;
  /** Without a score until it is judged: then it is told again. */
  readonly image: ArrivedImage & { readonly score: number | null };
}

/** Where the run stands. */
export interface RunProgress {
  /** In the order in which they finished. */
  readonly trials: readonly FinishedTrial[];
  readonly best: Best | undefined;
  /** By trial, the score to compare it by, as that of the best: its own, unless trials have unequal images. */
  readonly comparable: ReadonlyMap<number, number>;
  /** Iterations until the early stop if nothing gets better; null when it is off. */
  readonly untilEarlyStop: number | null;
}

/** Nothing is sent to a WebUI. */
export interface Pause {
  /** Where it was asked for: `autombw pause`. */
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** When it ends by itself, the same; undefined where nobody knows. */
  readonly until?: string | undefined;
}

export interface Notice {
  readonly level: 'info' | 'warn';
  readonly message: string;
}

export interface RunEnd {
  readonly reason: { readonly code: string; readonly message: string };
  readonly best: Best | undefined;
  readonly weights: BlockWeights | undefined;
}

export interface RunObserver {
  /** For the report when it throws. */
  readonly name: string;
  onBegin?(facts: RunFacts): void;
  /** Every line of the journal, after it is on the disk. */
  onRecord?(record: Readonly<Record<string, unknown>>): void;
  onAsked?(trial: OpenTrial, lane: string): void;
  onProgress?(progress: TrialProgress): void;
  /** Told when it has changed. */
  onServer?(state: LaneState): void;
  /** Nothing more is told of a server under that name. */
  onServerGone?(lane: string): void;
  onImage?(image: TrialImage): void;
  /** The images that were told of this trial may show another merge: they are drawn again, or nothing comes of them. */
  onForgotten?(trial: number): void;
  /** A trial was finished, or got more images: then it is told once more, with its last score. */
  onTrial?(trial: FinishedTrial, progress: RunProgress): void;
  /** Finished trials turned out not to be trusted, or somebody does not want them: they count as failed. */
  onDoubt?(trials: readonly number[], progress: RunProgress): void;
  /** A pause begins; undefined: it ends. */
  onPause?(pause: Pause | undefined): void;
  onNotice?(notice: Notice): void;
  /** Something was thrown that nobody expects: a mistake of ours, with its stack. */
  onDefect?(error: unknown): void;
  /** Awaited, so that files are flushed. */
  onEnd?(end: RunEnd): void | Promise<void>;
}
