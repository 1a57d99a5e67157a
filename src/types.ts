/**
 * The words that every room shares. All may import this file and the ground (`shared/`, `architectures/`, `space/`); what else
 * a room may import stands in tests/unit/import-rule.test.ts.
 */
import { isWithoutModelB } from './space/baseline-words.ts';
import type { BlockWeights } from './space/blocks.ts';

export type { BlockName, BlockWeights } from './space/blocks.ts';

/** One concrete txt2img request: fixed seed, drawn prompt. The same request gives the same pixels on the same model. */
export interface ImageRequest {
  /** Unique within a run and stable across resumes: `<payload>/<n>`, n from 0. */
  readonly id: string;
  /** Name of the payload that it was made from. */
  readonly payload: string;
  /** The prompt as the scorer sees it: backends that add tags to the prompt do so on their own copy. */
  readonly prompt: string;
  readonly negativePrompt: string;
  /** The payload asked for its scores to be turned round (low is good). */
  readonly reverseScoring: boolean;
  /** The seed that each image of this request must come back with, in order. Its length is the image count. */
  readonly seeds: readonly number[];
  /** The request in the keys of `POST /sdapi/v1/txt2img`, the lingua franca of payloads; complete, without script arguments. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the server says it really used; `null` where it says nothing. Compared with what was asked. */
export interface ReportedImage {
  readonly seed: number | null;
  readonly modelName: string | null;
  readonly modelHash: string | null;
  readonly samplerName: string | null;
  /** Base size as reported, in pixels; after a hires pass the image itself is larger. */
  readonly width: number | null;
  readonly height: number | null;
  readonly infotext: string | null;
}

/** One image as it came over the wire. */
export interface Image {
  readonly request: ImageRequest;
  /** Position within the request, from 0. */
  readonly index: number;
  /** The encoded file (PNG, JPEG or WebP). */
  readonly bytes: Uint8Array;
  readonly reported: ReportedImage;
  /** Seconds that the server needed for it (the request's time shared out evenly over its images). */
  readonly seconds: number;
}

/** What of an image is kept: the file, and what the server says of it. */
export interface EncodedImage {
  /** PNG, JPEG or WebP. */
  readonly bytes: Uint8Array;
  readonly infotext: string | null;
}

/** Decoded image: 8-bit RGB, row by row from the top left, `3 * width * height` bytes. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * What a person said of an image: how it looks beside the image of the same request of an earlier trial, from -2 (much worse) over 0
 * (equal) to 2 (much better); or a rating from 0 to 10, where there was nothing to put beside it.
 */
export type RaterAnswer = (
  { readonly against: number; readonly outcome: number } | { readonly rating: number }
) & {
  /** Who said it; absent where nobody gave a name. */
  readonly by?: string | undefined;
};

/** One scored image, as the journal keeps it. */
export interface ImageRecord {
  /** `ImageRequest.id`. */
  readonly request: string;
  readonly index: number;
  readonly payload: string;
  readonly seed: number;
  /** The number that goes into the tally. */
  readonly score: number;
  /** Raw value of every scorer by its id, before maps and weights. */
  readonly raw: Readonly<Record<string, number>>;
  /** SHA-256 of the decoded pixels, hex. File bytes differ between equal images, pixels do not. */
  readonly pixels: string;
  /** Seconds of generation. Not part of what must be reproducible. */
  readonly seconds: number;
  /**
   * Of a person who compares images: then `score` is what the answers up to this one said of it, and it is estimated again from all of
   * them. Absent where nobody was asked.
   */
  readonly answer?: RaterAnswer | undefined;
  /** The same of several people: then it stands in the place of `answer`. */
  readonly answers?: readonly RaterAnswer[] | undefined;
}

/** An image that came, was decoded, and may not be scored yet. */
export type ArrivedImage = Pick<ImageRecord, 'request' | 'index' | 'payload' | 'seed' | 'pixels'>;

/** As it came over the wire: nobody has looked at it yet. */
export type ReceivedImage = Pick<ImageRecord, 'request' | 'index' | 'seconds'>;

/** Who chose a trial's point: the optimizer, or somebody before it (a warm start, a baseline, a request, a score that was doubted). */
export type TrialOrigin = 'optimizer' | 'queued';

/** What a merge has to beat: model A, model B, half of each in every block. */
export type BaselineName = (typeof BASELINE_NAMES)[number];
export const BASELINE_NAMES = ['A', 'B', 'half'] as const;

/** What happens in a run and somebody may want to hear of: `trouble` is a server that is away. */
export const EVENT_NAMES = ['best', 'paused', 'continued', 'failed', 'trouble', 'finished', 'proof'] as const;
export type EventName = (typeof EVENT_NAMES)[number];

/** Names with commas between them, `all` among them. @returns undefined where one is not known */
export function eventsIn(texts: readonly string[]): ReadonlySet<EventName> | undefined {
  const names = texts.flatMap((text) => text.split(',')).map((name) => name.trim());
  const events = names.flatMap((name) =>
    name === 'all' ? EVENT_NAMES : EVENT_NAMES.filter((event) => event === name),
  );
  const isKnown = names.every((name) => name === 'all' || EVENT_NAMES.some((event) => event === name));
  return isKnown ? new Set(events) : undefined;
}

interface TrialBase {
  /** 1, 2, 3 … in the order of asking. */
  readonly id: number;
  /** All blocks of the architecture, the fixed and tied ones included: what was really merged. */
  readonly weights: BlockWeights;
}

interface AskedTrial extends TrialBase {
  readonly origin: TrialOrigin;
  /** Measured to compare with: it counts neither as an iteration of the search nor for its early stop. Absent = no baseline. */
  readonly baseline?: BaselineName;
  /** Somebody asked for these weights while the run was under way (`autombw next`). Absent = nobody did. */
  readonly byHand?: true;
  /** The point in the order of the space's dimensions. */
  readonly point: readonly number[];
  /** So many images, the first of the plan's order, were asked for so far; absent = all. */
  readonly wanted?: number;
}

/** An image that was asked for and could not be had, although the server was well: the others of its trial count. */
export interface FailedImage {
  /** `ImageRequest.id`. */
  readonly request: string;
  readonly index: number;
  readonly code: string;
  /** One sentence for people. */
  readonly message: string;
}

/** A trial that has been asked for and not finished. */
export interface OpenTrial extends AskedTrial {
  readonly state: 'open';
}

/** How the score of a trial that this run asked for was found. */
export type ScoreSource =
  /** Its images were made and judged. */
  | { readonly kind: 'measured' }
  /** Taken from an earlier trial of this run, whose weights are the same; no image was made. */
  | { readonly kind: 'repeat'; readonly of: number }
  /** Taken from an earlier pass, which measured the same weights; no image was made. */
  | { readonly kind: 'earlier-pass' };

/** A trial that this run asked for and has a score of. */
export interface EvaluatedTrial extends AskedTrial {
  readonly state: 'scored';
  readonly source: ScoreSource;
  /** The tally of all its images. */
  readonly score: number;
  /** Empty unless it was measured. A trial that got more of them later has them at the end. */
  readonly images: readonly ImageRecord[];
  /** Absent when there is none. */
  readonly missing?: readonly FailedImage[];
  /** Of everything that was done for it; `at` is when it was first scored. */
  readonly time: TrialTime;
}

/** Scored elsewhere, by an earlier tool or run: this run never asked for it, so it has neither point nor time. */
export interface LearnedTrial extends TrialBase {
  readonly state: 'scored';
  readonly source: { readonly kind: 'learned' };
  readonly score: number;
  readonly images: readonly [];
}

export type ScoredTrial = EvaluatedTrial | LearnedTrial;

/** A failure is a state, never a score: it is recorded, and the optimizer is told that it failed. */
export interface FailedTrial extends AskedTrial {
  readonly state: 'failed';
  readonly failure: { readonly code: string; readonly message: string };
  /** Images that were scored before it failed. */
  readonly images: readonly ImageRecord[];
  readonly time: TrialTime;
}

export interface TrialTime {
  /** ISO 8601, UTC: when the trial ended. */
  readonly at: string;
  /** Seconds from merge to last score. */
  readonly evaluation: number;
  /** Seconds from ask to journal: evaluation plus the optimizer's own time. */
  readonly iteration: number;
}

export type FinishedTrial = ScoredTrial | FailedTrial;
export type Trial = OpenTrial | FinishedTrial;

export function isLearned(trial: Trial): trial is LearnedTrial {
  return trial.state === 'scored' && trial.source.kind === 'learned';
}

export function isBaseline<T extends Trial>(trial: T): trial is T & { readonly baseline: BaselineName } {
  return 'baseline' in trial && trial.baseline !== undefined;
}

/** Those that count as iterations of the search: no baseline, and none that took its score over from one. */
export function searchedOf<T extends FinishedTrial>(trials: readonly T[]): T[] {
  const baselines = new Set<number>();
  for (const trial of trials) if (isBaseline(trial)) baselines.add(trial.id);
  if (baselines.size === 0) return [...trials];
  return trials.filter(
    (trial) =>
      !baselines.has(trial.id) &&
      !(trial.state === 'scored' && trial.source.kind === 'repeat' && baselines.has(trial.source.of)),
  );
}

/** Was model A or B by itself measured there? Without a model B, what stands in its place is a result of the search. */
export function isModelItself({
  baseline,
  weights,
}: {
  readonly baseline?: string | undefined;
  readonly weights: BlockWeights;
}): boolean {
  return baseline === 'A' || (baseline === 'B' && !isWithoutModelB(weights));
}

/** Those that are merges: model A or B by itself is none, whoever asked for the same weights. */
export function mergesOf<T extends FinishedTrial>(trials: readonly T[]): T[] {
  const plain = trials.filter((trial) => isBaseline(trial) && isModelItself(trial));
  if (plain.length === 0) return [...trials];
  return trials.filter(({ weights }) => !plain.some((one) => haveSameWeights(one.weights, weights)));
}

function haveSameWeights(one: BlockWeights, other: BlockWeights): boolean {
  for (const name in one) if (one[name] !== other[name]) return false;
  return Object.keys(one).length === Object.keys(other).length;
}

/** Its score was taken from a trial with the same weights: no image was made, and nothing new was found. */
export function isTakenOver({ source }: ScoredTrial): boolean {
  return source.kind === 'repeat' || source.kind === 'earlier-pass';
}

/**
 * Have the measured trials other numbers of images than all of the set, or than each other?
 * @param all images of the set; undefined = not known
 */
export function isUneven(trials: readonly Trial[], all?: number): boolean {
  const counts = trials.flatMap((trial) =>
    trial.state === 'scored' && trial.images.length > 0 ? [trial.images.length] : [],
  );
  return new Set(all === undefined ? counts : [all, ...counts]).size > 1;
}

/** How the best merge is asked for: by trial, so that everything about it can be looked up. */
export interface Best {
  readonly trial: number;
  readonly score: number;
  readonly weights: BlockWeights;
}
