/**
 * The contract of whoever measures trials: weights in, scored images out. A search knows nothing else of servers and scorers
 * once it has begun, and an evaluator knows nothing of the search: neither its journal nor its plan, nor what came before.
 *
 * Everything that crosses is plain data that survives JSON, so that an evaluator may run in another process or on another
 * machine; only signals and events are local. Whatever can be expected to go wrong is part of the answer. What is
 * thrown is the reason of the signal, or a mistake of ours.
 */
import { DOUBTED } from '../shared/error-codes.ts';
import type { AutombwError } from '../shared/errors.ts';
import type { ArrivedImage, BlockWeights, EncodedImage, ImageRecord, ReceivedImage } from '../types.ts';

/** What is measured: a merge, under the number by which the search knows it. */
export interface MeasuredTrial {
  readonly id: number;
  /** What messages call it where it is no iteration. */
  readonly label?: string;
  /** A weight for every block of the architecture. */
  readonly weights: BlockWeights;
}

/** For messages, with a capital letter. */
export function nameOf({ id, label }: Pick<MeasuredTrial, 'id' | 'label'>): string {
  return label ?? `Iteration ${id}`;
}

/** Within a sentence. */
export function inWords(trial: Pick<MeasuredTrial, 'id' | 'label'>): string {
  const name = nameOf(trial);
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** One image of a trial; the requests themselves are given to an evaluator when it is made. */
export interface ImageRef {
  /** `ImageRequest.id`. */
  readonly request: string;
  /** Position within the request, from 0. */
  readonly index: number;
}

export interface Wanted {
  /** In any order; none = only the look, where one is due. Others of the same trial may be wanted later. */
  readonly images: readonly ImageRef[];
  /** Merging is set up again first: the images that came cannot be right. Default false. */
  readonly rearm?: boolean;
  /** More images of a trial that has a score, and keeps it whatever comes of these. Default false. */
  readonly more?: boolean;
  /** Images of the same measurement that are there already: they count where half of all must have been measured. Default 0. */
  readonly there?: number;
  /**
   * They are some of the images that a trial gets now, and others are measured elsewhere: whoever asks judges how many may be
   * missing, and tells of them. Default false.
   */
  readonly isPart?: boolean;
  /**
   * Once it is aborted, no further image is begun: what was measured by then is looked at and is the outcome, and the others are
   * neither measured nor missing. An evaluator that is elsewhere may make them all.
   */
  readonly until?: AbortSignal;
  /** Aborted together with `until` where what is being made is of no use either: the server is interrupted. */
  readonly drop?: AbortSignal | undefined;
  /** Once it is aborted, a server that is away is not waited for any longer: the failure is `webui-gone`, and ends the run. */
  readonly leave?: AbortSignal;
  /** The same for a scorer that is away, with `scorer-gone`; `leave` unless given. */
  readonly leaveScorer?: AbortSignal;
}

export interface Outcome {
  /**
   * Those of the wanted images that were measured, in the order of the requests. After a failure they may be any of them:
   * whether an image behind a bad one was still made depends on the moment.
   */
  readonly images: readonly ImageRecord[];
  /**
   * Wanted images that failed by themselves after their retries, in the order of the requests. Without a failure, these and
   * the measured ones are all that were wanted (unless it was to end sooner), and those that were measured count.
   */
  readonly missing: readonly MissingImage[];
  /**
   * Why the measured images cannot count: the server or the merge failed, or less than half of the wanted images could be
   * measured. Null when they count.
   */
  readonly failure: EvaluationFailure | null;
  /** What was found when the merge was looked at after the last image; null when no look was due. */
  readonly look: Look | null;
}

/** An image that could not be had. */
export interface MissingImage extends ImageRef {
  readonly code: AutombwError['code'];
  /** One sentence for people. */
  readonly message: string;
}

export interface EvaluationFailure {
  readonly code: AutombwError['code'];
  /** One sentence for people. */
  readonly message: string;
  /**
   * What it is the end of: `nothing` = the same may be asked for again at once; `trial` = these weights have no score;
   * `run` = every trial would end like this one.
   */
  readonly ends: 'nothing' | 'trial' | 'run';
}

/**
 * What the reference images say of the merge. `mended`: the server had stopped merging as asked, and merges again now that
 * merging has been set up once more; `lost`: that did not help.
 */
export type Look = { readonly result: 'holds' } | BrokenMerge;

export interface BrokenMerge {
  readonly result: 'mended' | 'lost';
  /** Which image was another one: that of the reference weights, or that of the merge that lay in the server's memory. */
  readonly image: 'reference' | 'merged';
  /**
   * Trials that were measured since the last look that held: none of their scores can be trusted. The trial under way is not
   * among them; its images of before are worthless too. Of several servers, one may have drawn for a trial that was handed
   * back to another caller and is not recorded yet: that one is in doubt as soon as it is.
   */
  readonly trials: readonly number[];
  /** Which image differed and what is in doubt, one sentence for people. */
  readonly reason: string;
}

/** A look that was asked for: the server may fail to answer. */
export type LookAnswer = Look | { readonly result: 'unanswered'; readonly failure: EvaluationFailure };

export interface Redrawn {
  /** Hash of the decoded pixels; null after a failure, and where the server sent other images only. */
  readonly pixels: string | null;
  readonly failure: EvaluationFailure | null;
  /** As in {@link Outcome}: after a failure of the server the merge is looked at before it is believed again. */
  readonly look: Look | null;
}

/** Told on the way. None of them may throw, and nothing waits for them. */
export interface EvaluationEvents {
  readonly onProgress?: (progress: EvaluationProgress) => void;
  /** An image came over the wire. It may come again. */
  readonly onReceived?: (image: ReceivedImage, file: EncodedImage) => void;
  /** An image came and is what it should be; it is scored next, which may take long. It may come again. */
  readonly onArrival?: (image: ArrivedImage, file: EncodedImage) => void;
  /** What the server does has changed. */
  readonly onState?: (state: ServerState) => void;
  /** An image was measured: the record as in the outcome, and its file, which the outcome does not carry. */
  readonly onImage?: (record: ImageRecord, file: EncodedImage) => void;
  /** A sentence for people: what goes wrong on the way and what is done about it. */
  readonly onWarning?: (sentence: string) => void;
  /** A sentence for people: good news after a warning. */
  readonly onInfo?: (sentence: string) => void;
}

/**
 * What a server does for a run. `merging`: it was asked, and no step of an image is done yet; `waiting`: something else has it, or it
 * wants to be left alone for a while; `down`: it does not answer.
 */
export interface ServerState {
  readonly state: 'merging' | 'drawing' | 'waiting' | 'down';
  /** For people. */
  readonly sentence: string;
  /** Which one of several servers it is; absent = there is only one. */
  readonly member?: { readonly name: string; readonly address: string | null };
}

interface EvaluationProgress {
  /** Images measured and wanted, of this evaluation. */
  readonly done: number;
  readonly total: number;
  /** Sampler step of the server's current job, and how many it has; null where unknown. */
  readonly step: number | null;
  readonly steps: number | null;
  /** Which one of several servers is at work; absent = there is only one. */
  readonly member?: ServerState['member'];
}

export interface Evaluator {
  /** For messages: what measures, and where. */
  readonly name: string;
  /** Merges, generates and scores; asks again for what may be asked again. One call at a time. */
  evaluate(
    trial: MeasuredTrial,
    wanted: Wanted,
    signal: AbortSignal,
    events: EvaluationEvents,
  ): Promise<Outcome>;
  /**
   * Looks at the merge now, if a trial was measured since the last look that held: before a run ends.
   * @returns null when there is nothing to look after
   */
  look(signal: AbortSignal, events: EvaluationEvents): Promise<LookAnswer | null>;
  /**
   * Scores an image that an earlier session had drawn for this trial. Absent = images are scored elsewhere.
   * @returns undefined where it cannot be scored: it may be asked for
   * @throws the signal's reason; what ends the run, because no image can be scored
   */
  judge?(
    trial: MeasuredTrial,
    image: {
      readonly image: ReceivedImage;
      readonly file: EncodedImage;
      /** Once it is aborted, a scorer that is away is not waited for any longer. */
      readonly leave?: AbortSignal;
    },
    signal: AbortSignal,
    events: EvaluationEvents,
  ): Promise<ImageRecord | undefined>;
  /** Makes one image of any weights once more, without scoring it: does the server still give what it gave? */
  redraw(
    image: ImageRef & { readonly weights: BlockWeights },
    signal: AbortSignal,
    events: EvaluationEvents,
  ): Promise<Redrawn>;
}

export function isBroken(look: LookAnswer | null | undefined): look is BrokenMerge {
  return look !== null && look !== undefined && (look.result === 'mended' || look.result === 'lost');
}

/** What a broken merge means for the trial under way, or for the end of a run. */
export function failureOf({ result, reason }: BrokenMerge): EvaluationFailure {
  if (result === 'mended') {
    return {
      code: DOUBTED,
      message: `${reason} The merge was set up again and is being checked once more.`,
      ends: 'nothing',
    };
  }
  return {
    code: 'merge-lost',
    message: `${reason} Setting it up again did not help: restart the WebUI, then resume; those iterations will be measured again.`,
    ends: 'run',
  };
}
