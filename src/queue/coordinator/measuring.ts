/** One evaluation through the queue: a job for a pixel group, and what comes of it. */
import { createController } from '../../shared/abort/create-controller.ts';
import { onAbort } from '../../shared/abort/on-abort.ts';
import { imageKey } from '../../images/names.ts';
import type { Clock } from '../../shared/clock.ts';
import { isErrorCode } from '../../shared/error-codes.ts';
import { isExpected } from '../../shared/errors.ts';
import {
  isBroken,
  nameOf,
  type EvaluationEvents,
  type ImageRef,
  type MeasuredTrial,
  type MissingImage,
  type Outcome,
  type Wanted,
} from '../../trial/evaluator.ts';
import type { Asking, Judge } from '../../score/index.ts';
import { isOfOneImage } from '../../trial/failures.ts';
import { describeMissing, failureOfMissing, isEnough } from '../../trial/missing-images.ts';
import { patientScoring } from '../../trial/scorer-patience.ts';
import type { ImageRecord, ImageRequest } from '../../types.ts';
import { FORMAT, type Answer, type MeasureJob, type News, type Registration } from '../contract.ts';
import { shortHash } from '../keys.ts';
import type { Shelf, ShelvedTrial, TakenImage } from '../shelf.ts';
import type { GroupJobs, QueuedMeasuring } from './group-jobs.ts';
import type { Away } from './patience.ts';

/** Gives a score to an image that a worker has only drawn. */
export type ScoreHere = (
  image: TakenImage,
  trial: MeasuredTrial,
  asking: Asking,
  signal: AbortSignal,
) => Promise<ImageRecord>;

export interface RemoteSettings {
  readonly worker: Registration;
  readonly requests: readonly ImageRequest[];
  /** Under which the requests lie in Redis. */
  readonly set: string;
  readonly shelf: Shelf;
  /** Of the worker's pixel group, and of the worker alone. */
  readonly group: GroupJobs;
  readonly own: GroupJobs;
  readonly judge: Judge;
  readonly scoreHere: ScoreHere;
  /** Redis or every worker of the group is away; undefined = no. */
  readonly away: () => Away | undefined;
  /** Is it left to this one to say what is wrong with the queue? The queue itself says that it is back. */
  readonly claimTrouble: () => boolean;
  /** Is this very worker there, or nobody else? */
  readonly isUsable: () => boolean;
  readonly isAlive: () => boolean;
  /** Nothing is wanted of a job any more. */
  readonly cancel: (id: string, jobs: GroupJobs) => void;
  /** Told what lies on the shelf. */
  readonly onShelved: (trial: ShelvedTrial) => void;
  /** Told, before the run is, where the file of a measured image lies. */
  readonly onTaken: (place: string, image: ImageRecord) => void;
  /** Minutes (`--reconnect`). */
  readonly reconnect: number;
  readonly clock: Clock;
}

type Measured = Extract<Answer, { kind: 'measured' }>;

export class Measuring {
  readonly #settings: RemoteSettings;
  readonly #trial: MeasuredTrial;
  readonly #wanted: Wanted;
  readonly #signal: AbortSignal;
  readonly #events: EvaluationEvents;
  readonly #asking: Asking;
  readonly #taken = new Map<string, ImageRecord>();
  readonly #taking = new Map<string, Promise<void>>();
  readonly #refused = new Map<string, MissingImage>();
  /** One image is scored after the other, in the order in which they were finished, as beside a WebUI. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #jobs: string[] = [];
  #isOver = false;
  /** A scorer is not waited for any longer: what workers still draw would not be scored either. */
  readonly #gone = createController();

  constructor(
    settings: RemoteSettings,
    trial: MeasuredTrial,
    wanted: Wanted,
    signal: AbortSignal,
    events: EvaluationEvents,
  ) {
    this.#settings = settings;
    this.#trial = trial;
    this.#wanted = wanted;
    this.#signal = signal;
    const { judge, clock, reconnect: minutes } = settings;
    const { leave, leaveScorer = leave } = wanted;
    const scoring = patientScoring(judge, { clock, minutes, leave: leaveScorer }, signal, events);
    this.#events = scoring.events;
    this.#asking = scoring.asking;
  }

  /** @throws run error `scorer-gone`; what Redis throws; the signal's reason */
  async run(): Promise<Outcome> {
    let letGo = (): void => undefined;
    const gone = new Promise<never>((_, reject) => {
      letGo = onAbort(this.#gone.signal, reject);
    });
    try {
      return await Promise.race([this.#measure(), gone]);
    } finally {
      letGo();
    }
  }

  async #measure(): Promise<Outcome> {
    const { shelf, set, worker } = this.#settings;
    const { id, weights } = this.#trial;
    const { rearm = false } = this.#wanted;
    const shelved = { set, pixelGroup: worker.pixelGroup, trial: id, weights };
    const place = rearm ? await shelf.discard(shelved) : await shelf.place(shelved);
    this.#settings.onShelved(shelved);
    const answers = await this.#ask(place);
    const outcome = this.#outcomeOf(joined(answers));
    if (isBroken(outcome.look)) await shelf.discard(shelved);
    // The same may be asked for again.
    if (outcome.failure !== null) for (const job of this.#jobs) await this.#settings.group.remove(job);
    return outcome;
  }

  /**
   * What is there is taken; what somebody is at work on already, for a search that has ended, is waited for; the rest is asked for.
   * Of a job that was answered while nobody listened the look counts, too.
   */
  async #ask(place: string): Promise<Measured[]> {
    const { group } = this.#settings;
    const { images } = this.#wanted;
    await this.#takeAll(place);
    const begun = (await group.at(place)).filter(({ job }) =>
      job.images.some((image) => this.#isWanted(image)),
    );
    const underWay = new Set(begun.flatMap(({ job }) => job.images.map(keyOf)));
    const rest = images.filter((image) => !this.#taken.has(keyOf(image)) && !underWay.has(keyOf(image)));
    const jobs: Pick<QueuedMeasuring, 'id' | 'job'>[] = [...begun];
    if (rest.length > 0 || images.length === 0) {
      const id = shortHash([place, rest.map(keyOf).toSorted()]);
      jobs.push({ id, job: this.#jobFor(place, rest) });
    }
    this.#jobs.push(...jobs.map(({ id }) => id));
    const answers = await Promise.all(
      jobs.map(async ({ id, job }) => group.answer(id, job, this.#signal, (news) => this.#hear(news, place))),
    );
    await this.#takeAll(place);
    return answers.map((answer) => {
      if (answer.kind !== 'measured') throw new Error(`a trial was answered with ${answer.kind}`);
      return answer;
    });
  }

  #jobFor(place: string, images: readonly ImageRef[]): MeasureJob {
    const { id, label, weights } = this.#trial;
    const { rearm = false, more = false } = this.#wanted;
    return {
      format: FORMAT,
      kind: 'measure',
      set: this.#settings.set,
      shelf: place,
      trial: { id, weights: { ...weights }, ...(label !== undefined && { label }) },
      images: images.map(({ request, index }) => ({ request, index })),
      rearm,
      more,
    };
  }

  images(): ImageRecord[] {
    return this.#settings.requests.flatMap(({ id, seeds }) =>
      [...seeds.keys()].flatMap((index) => this.#taken.get(imageKey(id, index)) ?? []),
    );
  }

  /** Nobody listens any more. */
  end(): void {
    this.#isOver = true;
  }

  /** The work is not to go on either; what is finished stays on the shelf. */
  cancel(): void {
    for (const job of this.#jobs) this.#settings.cancel(job, this.#settings.group);
  }

  #outcomeOf({ missing, failure, look }: Pick<Measured, 'missing' | 'failure' | 'look'>): Outcome {
    if (isBroken(look) && failure !== null) return { images: [], missing: [], failure: known(failure), look };
    const images = this.images();
    const lost = [...missing.map(known), ...this.#refused.values()].filter(
      (image) => this.#isWanted(image) && !this.#taken.has(keyOf(image)),
    );
    const { more = false, isPart = false, there = 0, images: asked } = this.#wanted;
    const total = asked.length + there;
    if (!isPart && lost.length > 0)
      this.#events.onWarning?.(`${nameOf(this.#trial)}: ${describeMissing(lost, total, more)}`);
    // The worker was asked for a part: others of these images may have been there before.
    const isFine = isPart || isEnough(total - lost.length, total);
    const ownFailure = isFine ? null : (failureOfMissing(lost) ?? null);
    return { images, missing: lost, failure: failure === null ? ownFailure : known(failure), look };
  }

  async #takeAll(place: string): Promise<void> {
    const present = await this.#settings.shelf.present(place);
    for (const image of this.#wanted.images) if (present.has(keyOf(image))) await this.#take(place, image);
  }

  /** Once each, whoever tells of it first. */
  async #take(place: string, image: ImageRef): Promise<void> {
    const key = keyOf(image);
    const begun = this.#taking.get(key);
    if (begun !== undefined) return begun;
    const taking = this.#fetch(place, image, key);
    this.#taking.set(key, taking);
    return taking;
  }

  async #fetch(place: string, { request, index }: ImageRef, key: string): Promise<void> {
    const { shelf } = this.#settings;
    const taken = await shelf.take(place, request, index);
    if (taken === undefined || this.#isOver) {
      this.#taking.delete(key);
      return;
    }
    const { record, file, isScored } = taken;
    const { payload, seed, pixels } = record;
    this.#events.onReceived?.({ request, index, seconds: record.seconds }, file);
    this.#events.onArrival?.({ request, index, payload, seed, pixels }, file);
    try {
      const scored = isScored ? record : await this.#scored(taken);
      if (this.#isOver) return;
      this.#taken.set(key, scored);
      this.#settings.onTaken(place, scored);
      this.#events.onImage?.(scored, file);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) {
        if (isExpected(error) && error.endsRun) this.#gone.abort(error);
        throw error;
      }
      this.#refused.set(key, { request, index, ...refusal });
    }
  }

  async #scored(image: TakenImage): Promise<ImageRecord> {
    const { scoreHere } = this.#settings;
    const scoring = this.#turn.then(async () => scoreHere(image, this.#trial, this.#asking, this.#signal));
    this.#turn = scoring.catch(() => undefined);
    return scoring;
  }

  #isWanted(image: ImageRef): boolean {
    return this.#wanted.images.some((wanted) => keyOf(wanted) === keyOf(image));
  }

  #hear(news: News, place: string): void {
    if (this.#isOver) return;
    const { onState, onProgress, onWarning, onInfo } = this.#events;
    if (news.kind === 'state') onState?.({ state: news.state, sentence: news.sentence });
    if (news.kind === 'warning') onWarning?.(news.sentence);
    if (news.kind === 'info') onInfo?.(news.sentence);
    if (news.kind === 'progress') {
      const { step, steps } = news;
      onProgress?.({ done: this.#taken.size, total: this.#wanted.images.length, step, steps });
    }
    // A job of an earlier session may tell of images that are recorded by now. What cannot be had now is had with the answer.
    if (news.kind === 'finished-image' && this.#isWanted(news.image))
      this.#take(place, news.image).catch(() => undefined);
  }
}

/** Of several jobs. */
function joined(answers: readonly Measured[]): Pick<Measured, 'missing' | 'failure' | 'look'> {
  const broken = answers.find(({ look }) => isBroken(look));
  const failed = broken?.failure == null ? answers.find(({ failure }) => failure !== null) : broken;
  return {
    missing: answers.flatMap(({ missing }) => missing),
    failure: failed?.failure ?? null,
    look: broken?.look ?? answers.findLast(({ look }) => look !== null)?.look ?? null,
  };
}

function keyOf({ request, index }: ImageRef): string {
  return imageKey(request, index);
}

/** A code of another patch release is none of ours. */
export function known<T extends { readonly code: string }>(
  failure: T,
): Omit<T, 'code'> & Pick<MissingImage, 'code'> {
  const { code } = failure;
  return { ...failure, code: isErrorCode(code) ? code : 'webui-server-error' };
}

function refusalOf(error: unknown): Pick<MissingImage, 'code' | 'message'> | undefined {
  return isOfOneImage(error) ? { code: error.code, message: error.message } : undefined;
}
