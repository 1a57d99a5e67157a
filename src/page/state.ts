/** What the live page is told, as JSON: the words that server and browser share. No code, and nothing imported. */

/**
 * `running`: a live process writes the journal; `proof`: it draws fresh images; `paused`: it waits to go on; `ended`: it said why;
 * `dead`: neither ended nor written by anybody.
 */
export type RunStateName = 'running' | 'paused' | 'proof' | 'ended' | 'dead';

export interface PageTrial {
  readonly id: number;
  readonly state: 'scored' | 'failed' | 'rejected';
  /** What it is compared by; null for none. */
  readonly score: number | null;
  /** `A`, `B` or `half`. */
  readonly baseline?: string;
  /** Why it failed, or where its score is from. */
  readonly note?: string;
  /** Images that its score is made of. */
  readonly images: number;
  /** ISO 8601, UTC. */
  readonly at?: string;
  /** Seconds of the iteration. */
  readonly seconds?: number;
  /** Hours that the run had worked when it finished: see `PageGap`. */
  readonly hours?: number;
  /** Who gave its weights while the run was under way: `the page`, `autombw next`. Absent = the search itself. */
  readonly by?: string;
  /** A number for each of `PageSummary.goals`, higher is better. Absent = it has none. */
  readonly goals?: readonly number[];
}

/** Of a search that keeps its scorers apart. */
export interface PageGoals {
  readonly names: readonly string[];
  /** Iterations and baselines that nothing beats in every goal, in falling order of the first. */
  readonly front: readonly number[];
  /** The one in the middle; null while there is none. */
  readonly knee: number | null;
}

/** A time in which the run did not work, after so many hours of work: it is cut out of the hours. */
export interface PageGap {
  readonly hours: number;
  /** How long, in seconds. */
  readonly seconds: number;
  readonly why: 'paused' | 'not running';
}

/** Where the early stop comes if nothing gets better. */
export interface PageEarlyStop {
  /** Iterations until then, from 0. */
  readonly left: number;
  /** The score that one of them must reach, or beat, for the search to go on. */
  readonly needed: number;
  /** The rule, with its options. */
  readonly sentence: string;
}

/** Of the last session that the run had, while it searches; null = none. */
export interface PageLimits {
  readonly iterations: number | null;
  readonly minutes: number | null;
  readonly images: number | null;
}

/** Weights that somebody gave and that no iteration has yet. */
export interface PageQueued {
  /** Of the request. */
  readonly id: string;
  readonly by: string;
  readonly weights: Readonly<Record<string, number>>;
}

interface PageImage {
  /** Position in its trial, from 0: what the server finds it by. */
  readonly position: number;
  readonly payload: string;
  readonly seed: number;
  readonly score: number;
  /** First digits of the hash of its pixels: another picture has another address. */
  readonly version: string;
}

export interface PageBlock {
  readonly block: string;
  readonly x: number;
  readonly y: number;
  /** What was searched, `0 to 1`; null for a block that stands still. */
  readonly range: string | null;
}

type Ends = readonly [number, number, number, number];

/** Where blocks stand in the drawing, and what lies between them: x and y of both ends. */
export interface PageNetwork {
  readonly width: number;
  readonly height: number;
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly blocks: readonly PageBlock[];
  readonly path: readonly Ends[];
  readonly skips: readonly Ends[];
}

export interface PageNotice {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  /** ISO 8601, UTC. */
  readonly at: string | null;
}

interface PageBest {
  readonly trial: number;
  readonly score: number;
}

/** The trial whose pictures and weights are shown: the one that is measured, or else the last one. */
export interface PageCurrent {
  readonly trial: number;
  readonly isOpen: boolean;
  readonly baseline?: string;
  /** See `PageTrial.by`. */
  readonly by?: string;
  readonly weights: Readonly<Record<string, number>>;
}

/** Pictures of one trial. */
export interface PagePictures {
  readonly trial: number;
  readonly images: readonly PageImage[];
  /** Some of them are on the disk; absent where nobody has looked. */
  readonly kept?: boolean;
}

/** Pictures of the trial that is being measured, as they come. */
export interface PageArriving {
  readonly trial: number;
  /** Without a score until it is final. */
  readonly images: readonly (Omit<PageImage, 'score'> & { readonly score: number | null })[];
  readonly done: number;
  readonly total: number;
}

/** A WebUI that the run uses, and what it does. */
export interface PageServer {
  readonly name: string;
  readonly address: string;
  readonly state: 'idle' | 'merging' | 'drawing' | 'waiting' | 'down';
  readonly sentence: string;
  /** ISO 8601, UTC; null where nobody knows. */
  readonly since: string | null;
  /** Where there are several: images that it has made for this session, and the seconds of one; null before the first. */
  readonly images?: number;
  readonly secondsPerImage?: number | null;
}

/** Told by the run itself, where the page is its own. */
export interface PageProgress {
  readonly trial: number;
  readonly label?: string;
  readonly done: number;
  readonly total: number;
  readonly step: number | null;
  readonly steps: number | null;
}

/** Everything but the trials: small, and sent again with every change. */
export interface PageSummary {
  readonly name: string;
  readonly modelA: string;
  readonly modelB: string;
  readonly state: RunStateName;
  /** One sentence on the state. */
  readonly sentence: string;
  /** Iterations that are done, and how many there are to be at most; baselines count in neither. */
  readonly done: number;
  readonly total: number | null;
  readonly baselines: number;
  readonly best: PageBest | null;
  /** Absent where the search has one score. */
  readonly goals?: PageGoals;
  /** Scores of the baselines that are measured. */
  readonly lines: readonly { readonly name: string; readonly score: number }[];
  /** Times that are cut out of the hours. */
  readonly gaps: readonly PageGap[];
  readonly limits: PageLimits;
  /** Null where no early stop is ahead. */
  readonly earlyStop: PageEarlyStop | null;
  /** The oldest first. */
  readonly queued: readonly PageQueued[];
  /** Seconds of an iteration, as the last ones took. */
  readonly pace: number | null;
  /** Seconds until the last iteration. */
  readonly left: number | null;
  readonly current: PageCurrent | null;
  readonly bestWeights: Readonly<Record<string, number>> | null;
  /** The one with a score that was finished last, baselines aside: what is rejected. */
  readonly latest: number | null;
  /** Of the trial that was finished last. */
  readonly pictures: PagePictures | null;
  readonly bestPictures: PagePictures | null;
  /** Absent or null while there are none. */
  readonly arriving?: PageArriving | null;
  /** Absent where nobody tells. */
  readonly servers?: readonly PageServer[];
  /** Of which trials pictures are kept: `all`, `best`, `none`. */
  readonly keeps: string;
  readonly network: PageNetwork | null;
  /** Newest first. */
  readonly notices: readonly PageNotice[];
  /** Requests to the run are of use: somebody is there to follow them. */
  readonly canControl: boolean;
  readonly progress: PageProgress | null;
}

/** The whole state of a run: what comes first, and after every loss of the connection. */
export interface PageState {
  readonly summary: PageSummary;
  /** In the order in which they finished. */
  readonly trials: readonly PageTrial[];
}

/** What has changed since. */
export interface PageChange {
  /** These are all trials: what was told before is no longer so. */
  readonly isAnew?: boolean;
  readonly summary: PageSummary;
  /** New ones, and those that are no longer as they were. */
  readonly trials: readonly PageTrial[];
}

export interface PageRun {
  /** What the page calls it in addresses. */
  readonly id: string;
  readonly name: string;
  readonly modelA: string;
  readonly modelB: string;
  readonly state: string;
  /** Local time of the beginning. */
  readonly date: string;
  readonly best: number | null;
  readonly done: number;
  readonly reason: string;
}

export const REQUESTS = ['pause', 'go-on', 'stop', 'reject'] as const;
export type PageRequest = (typeof REQUESTS)[number];
