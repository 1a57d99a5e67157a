/** Measures trials in this process: one server that merges and generates, the scorers, and the look at the merge. */
import { afterColon } from '../shared/after-colon.ts';
import { isExpected, runError, type AutombwError } from '../shared/errors.ts';
import type { Clock } from '../shared/clock.ts';
import { pixelHash } from '../images/decode.ts';
import { imageKey } from '../images/names.ts';
import { isTransient, WebuiError, type StruckImage, type Renderer } from '../renderers/index.ts';
import type {
  ArrivedImage,
  BlockWeights,
  Image,
  ImageRecord,
  ImageRequest,
  ReportedImage,
} from '../types.ts';
import {
  failureOf,
  inWords,
  nameOf,
  type EvaluationEvents,
  type EvaluationFailure,
  type Evaluator,
  type ImageRef,
  type Look,
  type LookAnswer,
  type MeasuredTrial,
  type Outcome,
  type Redrawn,
  type Wanted,
} from './evaluator.ts';
import { endsRun, isOfOneImage, mayBeRepeated, needsReconnect } from './failures.ts';
import { BarrenPayloads } from './barren-payloads.ts';
import { judgeImage, type Judging } from './judge-image.ts';
import { MergeCheck, type ReferenceImage } from './merge-check.ts';
import { MissingImages } from './missing-images.ts';
import { reconnect } from './reconnect.ts';
import { renderMissing } from './render.ts';
import { patientScoring } from './scorer-patience.ts';
import { duration } from '../shared/duration.ts';

export interface EvaluatorSettings extends Judging {
  /** Open, and patient with single images; whoever opened it closes it, and the scorers. */
  readonly renderer: Renderer;
  readonly requests: readonly ImageRequest[];
  /** What the merge is looked at by; undefined = it never is (`--no-check`). */
  readonly reference: ReferenceImage | undefined;
  /** Trials between two looks (`--check-every`). */
  readonly checkEvery: number;
  /** How often an evaluation that brings nothing new is tried once more (`--retries`). */
  readonly retries: number;
  /** Minutes that a server may stay away (`--reconnect`). */
  readonly reconnect: number;
  readonly clock: Clock;
}

export class LocalEvaluator implements Evaluator {
  readonly name: string;
  readonly #settings: EvaluatorSettings;
  readonly #check: MergeCheck | undefined;
  /** Of the trial that is being measured. */
  #leave: AbortSignal | undefined;
  readonly #barren: BarrenPayloads;
  /** Why merging was set up again says nothing of a single image: the server may merge no more. */
  #isDoubted = false;

  constructor(settings: EvaluatorSettings) {
    const { renderer, reference, checkEvery: every } = settings;
    this.name = renderer.name;
    this.#settings = settings;
    this.#barren = new BarrenPayloads(settings.requests);
    this.#check = reference && new MergeCheck({ renderer, reference, every, hash: pixelHash });
  }

  async evaluate(
    trial: MeasuredTrial,
    {
      images: wanted,
      rearm = false,
      more = false,
      isPart = false,
      there = 0,
      until,
      drop,
      leave,
      leaveScorer = leave,
    }: Wanted,
    signal: AbortSignal,
    events: EvaluationEvents,
  ): Promise<Outcome> {
    const { requests } = this.#settings;
    this.#leave = leave;
    const measured = new Map<string, ImageRecord>();
    const missing = new MissingImages(
      inOrder(requests, new Map(wanted.map((image) => [keyOf(image), image]))),
      { isPart, there },
    );
    const outcome = (failure: EvaluationFailure | null, look: Look | null = null): Outcome => ({
      images: inOrder(requests, measured),
      missing: missing.list(),
      failure,
      look,
    });
    const gone = rearm ? await this.#reconnect(signal, events) : undefined;
    if (gone !== undefined) return outcome(gone);
    const about = `${nameOf(trial)}: `;
    const attempted = await this.#attempt(
      about,
      () => measured.size + missing.size,
      signal,
      events,
      async () => {
        // What a server that merges no more draws is in vain.
        const isDoubted = this.#isDoubted && wanted.length > 0;
        const before = isDoubted ? await this.#lookIfStale(trial.id, signal, events) : null;
        if (before !== null && before.result !== 'holds') return before;
        const asked = { images: wanted, until, drop, leave: leaveScorer };
        await this.#render(trial, asked, measured, missing, signal, events);
        missing.close(measured);
        if (missing.failure() !== undefined) return null;
        return this.#check?.isDue(trial.id) === true
          ? this.#look(this.#check, trial.id, signal, events)
          : null;
      },
      (error) => missing.noteFailed(error, struckImageOf(error), measured),
    );
    if ('failure' in attempted) return outcome(attempted.failure);
    const tooMany = missing.failure();
    const lost = missing.list();
    const evaluated = { trial: trial.id, measured: inOrder(requests, measured), missing: lost };
    for (const sentence of this.#barren.note(evaluated)) events.onWarning?.(sentence);
    const isTold = isPart || ((more || tooMany === undefined) && this.#barren.explain(lost));
    if (lost.length > 0 && !isTold) events.onWarning?.(`${about}${afterColon(missing.sentence(more))}`);
    if (tooMany !== undefined) return outcome(tooMany);
    const look = attempted.result;
    if (look === null) this.#check?.note(trial.id);
    if (look === null || look.result === 'holds') return outcome(null, look);
    // What was drawn before merging was set up again may show another model.
    return { images: [], missing: [], failure: failureOf(look), look };
  }

  async look(signal: AbortSignal, events: EvaluationEvents): Promise<LookAnswer | null> {
    if (this.#check?.hasUnverified !== true) return null;
    try {
      return await this.#look(this.#check, undefined, signal, events);
    } catch (error) {
      signal.throwIfAborted();
      if (!isExpected(error)) throw error;
      const isPassing = isTransient(error) || error.code === 'webui-shared';
      return { result: 'unanswered', failure: toFailure(error, isPassing ? 'nothing' : 'run') };
    }
  }

  async judge(
    trial: MeasuredTrial,
    {
      image: { request: requested, index, seconds },
      file,
      leave,
    }: Parameters<NonNullable<Evaluator['judge']>>[1],
    signal: AbortSignal,
    given: EvaluationEvents,
  ): Promise<ImageRecord | undefined> {
    const { id, label } = trial;
    const { judge, checksSize, requests } = this.#settings;
    const { asking, events } = this.#patiently(leave, signal, given);
    const request = requests.find(({ id: one }) => one === requested);
    if (request === undefined) return undefined;
    const image: Image = {
      request,
      index,
      bytes: file.bytes,
      reported: { ...NOTHING_SAID, infotext: file.infotext },
      seconds,
    };
    const told = {
      judge,
      checksSize,
      asking,
      onArrival: (arrived: ArrivedImage) => events.onArrival?.(arrived, file),
    };
    const number = label === undefined ? id : undefined;
    const attempted = await this.#attempt(
      `${nameOf(trial)}: `,
      () => 0,
      signal,
      events,
      async () => judgeImage(told, image, signal, number),
    );
    if ('result' in attempted) {
      events.onImage?.(attempted.result, file);
      return attempted.result;
    }
    const { code, message, ends } = attempted.failure;
    // A scorer that is gone would not score it when it is drawn again, either.
    if (ends === 'run') throw runError(code, message, { endsRun: true });
    return undefined;
  }

  async redraw(
    image: ImageRef & { readonly weights: BlockWeights },
    signal: AbortSignal,
    events: EvaluationEvents,
  ): Promise<Redrawn> {
    const attempted = await this.#attempt(
      '',
      () => 0,
      signal,
      events,
      async () => {
        // A server that was found again in between is not believed before it was looked at.
        const look = await this.#lookIfStale(undefined, signal, events);
        if (look !== null && look.result !== 'holds') return { pixels: null, failure: failureOf(look), look };
        return { pixels: await this.#draw(image, signal, events), failure: null, look };
      },
    );
    return 'failure' in attempted
      ? { pixels: null, failure: attempted.failure, look: null }
      : attempted.result;
  }

  /**
   * Again and again, as long as that is of use.
   * @param count of images that are settled: one more, and attempts are counted from 0
   * @param leavesOut whether the work can go on without what failed; told when asking for it again is of no use
   */
  async #attempt<T>(
    about: string,
    count: () => number,
    signal: AbortSignal,
    events: EvaluationEvents,
    work: () => Promise<T>,
    leavesOut: (error: AutombwError) => boolean = () => false,
  ): Promise<{ readonly result: T } | { readonly failure: EvaluationFailure }> {
    const { retries } = this.#settings;
    for (let attempt = 0; ; attempt++) {
      const had = count();
      try {
        return { result: await work() };
      } catch (error) {
        signal.throwIfAborted();
        if (!isExpected(error)) throw error;
        if (endsRun(error)) return { failure: toFailure(error, 'run') };
        // Attempts at one image are counted, not misfortunes of a long trial.
        if (count() > had) attempt = 0;
        const again = mayBeRepeated(error, attempt) && attempt < retries;
        const goesOn = again || leavesOut(error);
        // What is left out is spoken of at the end.
        if (again || !goesOn) {
          const next = again ? ` Trying again (${attempt + 1} of ${retries}).` : '';
          events.onWarning?.(`${about}${afterColon(error.message)}${next}`);
        }
        const needsIt = needsReconnect(error);
        this.#isDoubted ||= needsIt && !isOfOneImage(error);
        const gone = needsIt ? await this.#reconnect(signal, events) : undefined;
        if (gone !== undefined) return { failure: gone };
        if (!goesOn) return { failure: toFailure(error, 'trial') };
        if (!again) attempt = -1;
      }
    }
  }

  /** @returns why it cannot be had again */
  async #reconnect(signal: AbortSignal, events: EvaluationEvents): Promise<EvaluationFailure | undefined> {
    const { renderer, clock, reconnect: minutes } = this.#settings;
    try {
      await reconnect({ renderer, clock, minutes, leave: this.#leave }, signal, events);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (!isExpected(error)) throw error;
      return toFailure(error, 'run');
    }
  }

  /** @param leave once it is aborted, a scorer that is away is not waited for any longer */
  #patiently(
    leave: AbortSignal | undefined,
    signal: AbortSignal,
    events: EvaluationEvents,
  ): ReturnType<typeof patientScoring> {
    const { judge, clock, reconnect: minutes } = this.#settings;
    return patientScoring(judge, { clock, minutes, leave }, signal, events);
  }

  async #render(
    trial: MeasuredTrial,
    {
      images: wanted,
      until,
      drop,
      leave,
    }: Pick<Wanted, 'images'> & Record<'until' | 'drop' | 'leave', AbortSignal | undefined>,
    measured: Map<string, ImageRecord>,
    missing: MissingImages,
    signal: AbortSignal,
    given: EvaluationEvents,
  ): Promise<void> {
    const { asking, events } = this.#patiently(leave, signal, given);
    const { renderer, requests, judge, checksSize, retries } = this.#settings;
    const onRepeat = ({ message, seconds }: { readonly message: string; readonly seconds: number }): void => {
      const sentence = `${message} Asking for the image again in ${duration(Math.round(seconds))}.`;
      events.onWarning?.(`${nameOf(trial)}: ${afterColon(sentence)}`);
      events.onState?.({ state: 'waiting', sentence });
    };
    const judging = { judge, checksSize, asking };
    const { id, label, weights } = trial;
    const number = label === undefined ? id : undefined;
    const about = inWords(trial);
    const rendering = {
      renderer,
      judging,
      about,
      trial: number,
      requests,
      weights,
      wanted,
      until,
      drop,
      retries,
      onRepeat,
    };
    await renderMissing(rendering, measured, missing, signal, events);
  }

  /** @returns the hash of its pixels; null where only others came */
  async #draw(
    { weights, request: id, index }: ImageRef & { readonly weights: BlockWeights },
    signal: AbortSignal,
    { onWarning }: EvaluationEvents,
  ): Promise<string | null> {
    const { renderer } = this.#settings;
    const requests = this.#settings.requests.filter((request) => request.id === id);
    const onRepeat = ({ message }: { readonly message: string }): void => onWarning?.(message);
    let pixels: string | null = null;
    for await (const image of renderer.render({ weights, requests, onRepeat }, signal)) {
      if (image.index === index) pixels = await pixelHash(image.bytes);
    }
    return pixels;
  }

  /** @returns null where it was not found again since the last look */
  async #lookIfStale(
    trial: number | undefined,
    signal: AbortSignal,
    events: EvaluationEvents,
  ): Promise<Look | null> {
    return this.#check?.isStale === true ? this.#look(this.#check, trial, signal, events) : null;
  }

  async #look(
    check: MergeCheck,
    trial: number | undefined,
    signal: AbortSignal,
    events: EvaluationEvents,
  ): Promise<Look> {
    events.onState?.({ state: 'drawing', sentence: 'Checking the merge with images of a known one.' });
    const look = await check.look(trial, signal, this.#onOdd(events));
    this.#isDoubted = false;
    return look;
  }

  #onOdd({ onWarning }: EvaluationEvents): () => void {
    return () =>
      onWarning?.(
        `${this.name} sent a wrong image of a known merge once, but the right one when asked again; no scores are affected.`,
      );
  }
}

function toFailure({ code, message }: AutombwError, ends: EvaluationFailure['ends']): EvaluationFailure {
  return { code, message, ends };
}

function struckImageOf(error: AutombwError): StruckImage | undefined {
  return error instanceof WebuiError ? error.image : undefined;
}

function keyOf({ request, index }: ImageRef): string {
  return imageKey(request, index);
}

/** What there is of the images of the requests, by {@link imageKey}. */
function inOrder<T>(requests: readonly ImageRequest[], byKey: ReadonlyMap<string, T>): T[] {
  return requests.flatMap(({ id, seeds }) =>
    [...seeds.keys()].flatMap((index) => byKey.get(imageKey(id, index)) ?? []),
  );
}

/** What a server said of it was compared when it came. */
const NOTHING_SAID: ReportedImage = {
  seed: null,
  modelName: null,
  modelHash: null,
  samplerName: null,
  width: null,
  height: null,
  infotext: null,
};
