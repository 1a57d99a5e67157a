/** The evaluator of one trial after another, over all members of a fleet. */
import { onAbort } from '../shared/abort/on-abort.ts';
import { elapsedOn, type Clock } from '../shared/clock.ts';
import type { BarrenPayloads } from '../trial/barren-payloads.ts';
import type {
  BrokenMerge,
  EvaluationEvents,
  Evaluator,
  ImageRef,
  LookAnswer,
  MeasuredTrial,
  Outcome,
  Redrawn,
  Wanted,
} from '../trial/evaluator.ts';
import type { BlockWeights, ImageRecord, ImageRequest } from '../types.ts';
import type { MemberAtWork } from './at-work.ts';
import type { Crew } from './crew.ts';
import { joinAnswers } from './join-looks.ts';
import { SpreadTrial, type Part } from './spread-trial.ts';
import type { Work } from './work.ts';

/** Milliseconds for which the next trial is waited for before its members are given to another one. */
const SOON_MS = { unknown: 10_000, least: 1000, times: 4 } as const;

export interface FleetEvaluatorSettings {
  readonly requests: readonly ImageRequest[];
  readonly clock: Clock;
  readonly barren: BarrenPayloads;
  readonly name: () => string;
  /** Who draws it. @throws where nobody is pinned to it */
  readonly crewOf: (request: string) => Crew;
  readonly members: () => readonly MemberAtWork[];
  readonly crewOfMember: (member: MemberAtWork) => Crew;
  /** Of what is asked, so that the oldest goes first. */
  readonly nextOrder: () => number;
  readonly dispatch: () => void;
  /** Told when images are asked for. @param seconds since the last image of the trial before; undefined where nothing came before */
  readonly onAsked: (byCrew: ReadonlyMap<Crew, number>, seconds: number | undefined) => void;
  /** Told when a trial is over. */
  readonly onOver: () => void;
}

export class FleetEvaluator implements Evaluator {
  readonly #settings: FleetEvaluatorSettings;
  /** Undefined before the first one; the one before while none is under way. */
  #current: SpreadTrial | undefined;
  #isUnderWay = false;
  #idleSince: number;
  /** Milliseconds between two trials, the last one. */
  #gap: number | undefined;

  constructor(settings: FleetEvaluatorSettings) {
    this.#settings = settings;
    this.#idleSince = elapsedOn(settings.clock);
  }

  get name(): string {
    return this.#settings.name();
  }

  /** Is it going to ask for images soon? */
  get isComing(): boolean {
    if (this.#isUnderWay) return false;
    const soon =
      this.#gap === undefined ? SOON_MS.unknown : Math.max(SOON_MS.least, SOON_MS.times * this.#gap);
    return elapsedOn(this.#settings.clock) - this.#idleSince < soon;
  }

  /** Trials that have images of a merge that was found broken are measured again. */
  doubt(broken: BrokenMerge): void {
    const trial = this.#current;
    if (this.#isUnderWay && trial !== undefined && broken.trials.includes(trial.trial.id))
      trial.doubt(broken);
  }

  async evaluate(
    trial: MeasuredTrial,
    wanted: Wanted,
    signal: AbortSignal,
    events: EvaluationEvents,
  ): Promise<Outcome> {
    signal.throwIfAborted();
    const { requests, barren, clock, dispatch, nextOrder, onAsked, onOver } = this.#settings;
    const before = this.#current;
    const spread = new SpreadTrial({ trial, wanted, signal, events, requests, barren, onClosed: dispatch });
    const order = nextOrder();
    const placed = wanted.images.length > 0 ? this.#partsOf(wanted.images) : this.#looksAt(trial, before);
    const works = placed.map(({ crew, part }) => ({
      crew,
      work: { kind: 'part', order, by: part.only, trial: spread, part } as const,
    }));
    const now = elapsedOn(clock);
    this.#gap = before === undefined ? undefined : now - this.#idleSince;
    if (wanted.images.length > 0) {
      const since = before?.lastArrival;
      const counts = placed.map(
        ({ crew, part }) => [crew, new Set(part.images.map(({ request }) => request)).size] as const,
      );
      onAsked(new Map(counts), since === undefined ? undefined : (now - since) / 1000);
    }
    this.#current = spread;
    this.#isUnderWay = true;
    try {
      for (const { crew, work } of works) crew.add(work);
      spread.begin(placed.map(({ part }) => part));
      dispatch();
      return await spread.outcome;
    } finally {
      if (before?.trial.id === trial.id) spread.rememberFrom(before);
      this.#isUnderWay = false;
      this.#idleSince = elapsedOn(clock);
      onOver();
    }
  }

  async look(signal: AbortSignal, events: EvaluationEvents): Promise<LookAnswer | null> {
    signal.throwIfAborted();
    const owing = this.#settings.members().filter(({ owesLook }) => owesLook);
    return joinAnswers(
      await Promise.all(
        owing.map(async (by) =>
          this.#ask<LookAnswer | null>(this.#settings.crewOfMember(by), signal, (asked) => ({
            ...asked,
            kind: 'look',
            by,
            signal,
            events,
          })),
        ),
      ),
    );
  }

  /** By whichever server's evaluator: the scorers are the same ones. */
  async judge(...asked: Parameters<NonNullable<Evaluator['judge']>>): Promise<ImageRecord | undefined> {
    const able = this.#settings.members().find(({ judge }) => judge !== undefined);
    return able?.judge?.(...asked);
  }

  async redraw(
    image: ImageRef & { readonly weights: BlockWeights },
    signal: AbortSignal,
    events: EvaluationEvents,
  ): Promise<Redrawn> {
    signal.throwIfAborted();
    // Who has drawn an image that is in doubt is asked for it again.
    const by = this.#current?.drawnBy.get(image.request);
    return this.#ask<Redrawn>(this.#settings.crewOf(image.request), signal, (asked) => ({
      ...asked,
      kind: 'redraw',
      by,
      image,
      signal,
      events,
    }));
  }

  async #ask<T>(
    crew: Crew,
    signal: AbortSignal,
    workOf: (asked: {
      readonly order: number;
      readonly answer: (answer: T) => void;
      readonly reject: (error: unknown) => void;
    }) => Work,
  ): Promise<T> {
    const { nextOrder, dispatch } = this.#settings;
    const stopListening = onAbort(signal, dispatch);
    try {
      return await new Promise<T>((answer, reject) => {
        crew.add(workOf({ order: nextOrder(), answer, reject }));
        dispatch();
      });
    } finally {
      stopListening();
    }
  }

  #partsOf(images: readonly ImageRef[]): { readonly crew: Crew; readonly part: Part }[] {
    const byCrew = new Map<Crew, ImageRef[]>();
    for (const image of images) {
      const crew = this.#settings.crewOf(image.request);
      const own = byCrew.get(crew) ?? [];
      byCrew.set(crew, own);
      own.push(image);
    }
    return [...byCrew].map(([crew, own]) => ({ crew, part: { images: own } }));
  }

  /** Nothing is wanted but the look, or merging set up again: of those that have drawn the trial so far. */
  #looksAt(
    trial: MeasuredTrial,
    before: SpreadTrial | undefined,
  ): { readonly crew: Crew; readonly part: Part }[] {
    if (before?.trial.id !== trial.id) return [];
    return [...new Set(before.drawnBy.values())].map((only) => ({
      crew: this.#settings.crewOfMember(only),
      part: { images: [], only },
    }));
  }
}
