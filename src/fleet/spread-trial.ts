/** One evaluation that a fleet shares out: what has come of it so far, and what that makes as a whole. */
import { afterColon } from '../shared/after-colon.ts';
import { followAbort, type Follower } from '../shared/abort/follow-abort.ts';
import { NEVER_ABORTED } from '../shared/abort/never-aborted.ts';
import { onAbort } from '../shared/abort/on-abort.ts';
import { imageKey } from '../images/names.ts';
import type { BarrenPayloads } from '../trial/barren-payloads.ts';
import {
  isBroken,
  failureOf,
  nameOf,
  type BrokenMerge,
  type EvaluationEvents,
  type EvaluationFailure,
  type ImageRef,
  type Look,
  type MeasuredTrial,
  type MissingImage,
  type Outcome,
  type ServerState,
  type Wanted,
} from '../trial/evaluator.ts';
import { describeMissing, failureOfMissing, isEnough } from '../trial/missing-images.ts';
import type { ImageRecord, ImageRequest } from '../types.ts';
import type { MemberAtWork } from './at-work.ts';
import { joinLooks } from './join-looks.ts';

/** The images of one trial that one member measures; without images it is only looked at, by the member that is named. */
export interface Part {
  readonly images: readonly ImageRef[];
  readonly only?: MemberAtWork;
}

export interface SpreadTrialSettings {
  readonly trial: MeasuredTrial;
  readonly wanted: Wanted;
  readonly signal: AbortSignal;
  readonly events: EvaluationEvents;
  readonly requests: readonly ImageRequest[];
  readonly barren: BarrenPayloads;
  /** Told that it takes no more of what has not begun. */
  readonly onClosed: () => void;
}

const WORST_FIRST = ['run', 'trial', 'nothing'] as const;

export class SpreadTrial {
  readonly trial: MeasuredTrial;
  readonly wanted: Wanted;
  readonly signal: AbortSignal;
  readonly events: EvaluationEvents;
  /** Who drew a request last. */
  readonly drawnBy = new Map<string, MemberAtWork>();
  /** Elapsed milliseconds at which the last image came; undefined while none has. */
  lastArrival: number | undefined;
  readonly outcome: Promise<Outcome>;
  readonly #requests: readonly ImageRequest[];
  readonly #barren: BarrenPayloads;
  readonly #ending: Follower;
  readonly #parts = new Set<Part>();
  readonly #images = new Map<string, ImageRecord>();
  readonly #missing = new Map<string, MissingImage>();
  /** Missing ones that nobody could be asked for. */
  #unasked = 0;
  readonly #announced = new Set<string>();
  readonly #rearmed = new Set<MemberAtWork>();
  readonly #failures: EvaluationFailure[] = [];
  readonly #looks: Look[] = [];
  /** A member has judged and told of what is missing itself. */
  #isToldOf = false;
  #mistake: { readonly error: unknown } | undefined;
  #settle:
    { readonly resolve: (outcome: Outcome) => void; readonly reject: (error: unknown) => void } | undefined;
  readonly #onClosed: () => void;
  readonly #letGo: (() => void)[] = [];

  constructor({ trial, wanted, signal, events, requests, barren, onClosed }: SpreadTrialSettings) {
    this.trial = trial;
    this.wanted = wanted;
    this.signal = signal;
    this.events = events;
    this.#requests = requests;
    this.#barren = barren;
    this.#onClosed = onClosed;
    this.#ending = followAbort(wanted.until);
    this.outcome = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  /** @param parts all of it; whoever is told of the end has them by then */
  begin(parts: readonly Part[]): void {
    for (const part of parts) this.#parts.add(part);
    this.#letGo.push(
      onAbort(this.#ending.signal, () => this.#onClosed()),
      onAbort(this.signal, () => this.#onClosed()),
      onAbort(this.wanted.leave, () => this.#onClosed()),
    );
    this.#finishWhenDone();
  }

  /** Of an earlier evaluation of the same trial. */
  rememberFrom({ drawnBy }: SpreadTrial): void {
    for (const [request, member] of drawnBy)
      if (!this.drawnBy.has(request)) this.drawnBy.set(request, member);
  }

  /** Nothing more of it is begun. */
  get isClosed(): boolean {
    return this.#ending.signal.aborted || this.signal.aborted;
  }

  /** What a member is asked for. @param isAlone it is the only one that there is */
  asked({ images }: Part, member: MemberAtWork, leave: AbortSignal, isAlone: boolean): Wanted {
    const { rearm = false, more = false, there = 0 } = this.wanted;
    const isWhole = isAlone && images.length === this.wanted.images.length;
    if (isWhole) this.#isToldOf = true;
    const rearms = rearm && !this.#rearmed.has(member);
    this.#rearmed.add(member);
    return {
      images,
      rearm: rearms,
      more,
      until: this.#ending.signal,
      drop: this.wanted.drop,
      leave,
      // That others of its kind can draw is no reason to give up a scorer, which is theirs too.
      leaveScorer: this.wanted.leaveScorer ?? this.wanted.leave ?? NEVER_ABORTED,
      ...(isWhole ? { there } : { isPart: true }),
    };
  }

  announce(key: string): void {
    this.#announced.add(key);
  }

  progress(step: number | null, steps: number | null, member: NonNullable<ServerState['member']>): void {
    const isOne = this.#parts.size <= 1;
    this.events.onProgress?.({
      done: Math.min(this.#announced.size, this.wanted.images.length),
      total: this.wanted.images.length,
      step: isOne ? step : null,
      steps: isOne ? steps : null,
      member,
    });
  }

  /** In place of one part there are several, or none. */
  replace(part: Part, others: readonly Part[]): void {
    this.#parts.delete(part);
    for (const other of others) this.#parts.add(other);
    this.#finishWhenDone();
  }

  /** Images that count, whatever became of the rest of their part. */
  keep(member: MemberAtWork, images: readonly ImageRecord[]): void {
    for (const image of images) {
      this.#images.set(keyOf(image), image);
      this.drawnBy.set(image.request, member);
    }
  }

  has(image: ImageRef): boolean {
    return this.#images.has(keyOf(image)) || this.#missing.has(keyOf(image));
  }

  /** @param rest of it, for others */
  settle(part: Part, member: MemberAtWork, { images, missing, failure, look }: Outcome, rest?: Part): void {
    this.keep(member, images);
    for (const image of part.images) this.drawnBy.set(image.request, member);
    for (const image of missing) this.#missing.set(keyOf(image), image);
    if (look !== null) this.#looks.push(look);
    if (failure !== null) this.#fail(failure);
    this.replace(part, rest === undefined ? [] : [rest]);
  }

  /** Nobody can be asked for the images of a part, and the run goes on without them. */
  miss(part: Part, code: MissingImage['code'], message: string): void {
    for (const image of part.images) {
      this.#missing.set(keyOf(image), { ...image, code, message });
      this.#unasked++;
    }
    this.replace(part, []);
  }

  /** A part cannot be had, and with it the trial. */
  fail(part: Part, failure: EvaluationFailure): void {
    this.#fail(failure);
    this.replace(part, []);
  }

  /** A member that has drawn images of it turned out not to merge as asked. */
  doubt(broken: BrokenMerge): void {
    this.#looks.push({ ...broken, result: 'mended', trials: [] });
    this.#end();
  }

  /** A mistake of ours, or the signal's reason. */
  reject(part: Part, error: unknown): void {
    this.#mistake ??= { error };
    this.#end();
    this.replace(part, []);
  }

  #fail(failure: EvaluationFailure): void {
    this.#failures.push(failure);
    this.#end();
  }

  #end(): void {
    if (!this.#ending.signal.aborted) this.#ending.abort();
  }

  #finishWhenDone(): void {
    if (this.#parts.size > 0 || this.#settle === undefined) return;
    const { resolve, reject } = this.#settle;
    this.#settle = undefined;
    for (const letGo of this.#letGo.splice(0)) letGo();
    this.#ending.release();
    if (this.signal.aborted) reject(this.signal.reason);
    else if (this.#mistake === undefined) resolve(this.#whole());
    else reject(this.#mistake.error);
  }

  #whole(): Outcome {
    const look = joinLooks(this.#looks);
    if (isBroken(look)) {
      // What was drawn before merging was set up again may show another model.
      return { images: [], missing: [], failure: failureOf(look), look };
    }
    const images = this.#inOrder(this.#images);
    const missing = this.#inOrder(this.#missing);
    const failure =
      WORST_FIRST.map((ends) => this.#failures.find((one) => one.ends === ends)).find(
        (one) => one !== undefined,
      ) ?? this.#judge(images, missing);
    return { images, missing, failure, look };
  }

  /** Of images that failed by themselves, how many may. */
  #judge(images: readonly ImageRecord[], missing: readonly MissingImage[]): EvaluationFailure | null {
    if (this.#isToldOf || missing.length === 0) return null;
    const { events, trial, wanted } = this;
    const { more = false, there = 0 } = wanted;
    const total = wanted.images.length + there;
    for (const sentence of this.#barren.note({ trial: trial.id, measured: images, missing }))
      events.onWarning?.(sentence);
    const isToOpen = missing.length > this.#unasked && !this.#barren.explain(missing);
    const tooMany = isEnough(total - missing.length, total) ? undefined : failureOfMissing(missing);
    if (isToOpen || (tooMany !== undefined && !more))
      events.onWarning?.(`${nameOf(trial)}: ${afterColon(describeMissing(missing, total, more))}`);
    // Every trial would end like this one, as long as nobody is back.
    if (tooMany !== undefined && !more && !isEnough(total - this.#unasked, total))
      return { ...tooMany, ends: 'run' };
    return tooMany ?? null;
  }

  /** In the order of the requests. */
  #inOrder<T>(byKey: ReadonlyMap<string, T>): T[] {
    return this.#requests.flatMap(({ id, seeds }) =>
      [...seeds.keys()].flatMap((index) => byKey.get(imageKey(id, index)) ?? []),
    );
  }
}

function keyOf({ request, index }: ImageRef): string {
  return imageKey(request, index);
}
