/** Asks for the images of a trial until they can be trusted: those that failed again, and those that repeat others once more. */
import { imageKey } from '../images/names.ts';
import {
  isBroken,
  nameOf,
  type EvaluationFailure,
  type ImageRef,
  type MeasuredTrial,
  type MissingImage,
  type Outcome,
} from '../trial/evaluator.ts';
import { createController } from '../shared/abort/create-controller.ts';
import { followAbort } from '../shared/abort/follow-abort.ts';
import type { ArrivedImage, EncodedImage, ImageRecord } from '../types.ts';
import { eventsOf, naming, type Arrivals } from './measure-events.ts';
import { settleRepeats, type SettleContext } from './repeated-images.ts';
import { asError } from './reverify.ts';
import { takenUp } from './finished-images.ts';
import { ImagesOfTrial, type RepeatedImage } from './seen-images.ts';
import { warn, type Lane } from './session.ts';
import { afterColon } from '../shared/after-colon.ts';

/** What is drawn. */
export interface Measured {
  readonly trial: MeasuredTrial;
  readonly wanted: readonly ImageRef[];
  /** Images that the trial has already. */
  readonly had: readonly ImageRecord[];
  /** Of those that are wanted, what an earlier session has finished: they are not drawn again. */
  readonly drawn: readonly ImageRecord[];
  readonly arrivals: Arrivals;
  /** None: it goes on to its end. */
  readonly breaks?: Breaks;
  /** Aborted when a server that is away is no longer to be waited for. */
  readonly leave: AbortSignal;
}

/** Where a measurement may be broken off between two images. */
export interface Breaks {
  /** Aborted when it is to come to rest after the image that is being made; another one after the rest. */
  readonly until: AbortSignal;
  /** @returns whether it goes on then */
  readonly rest: () => Promise<boolean>;
}

export interface Measurement {
  /** In the order in which they were wanted; after a failure of a new trial, only those before the first gap. */
  readonly images: readonly ImageRecord[];
  /** Files by {@link imageKey}. */
  readonly files: ReadonlyMap<string, EncodedImage>;
  /** Images that failed by themselves. */
  readonly missing: readonly MissingImage[];
  /** Why there are not all of the others. */
  readonly failure: Pick<EvaluationFailure, 'code' | 'message'> | null;
  /** After a failure: is nothing else to blame, because too many images failed each by itself? */
  readonly isOfImages: boolean;
  /** It was broken off: what is neither there nor missing was not asked for. Absent = no. */
  readonly isUnfinished?: true;
}

/** @throws what ends the run */
export async function measure(
  session: SettleContext,
  lane: Lane,
  { trial, wanted, had, drawn, arrivals, breaks, leave }: Measured,
): Promise<Measurement> {
  const { plan, signal, observers } = session;
  const { config } = plan;
  // Of images that turn out to be wrong nothing is left.
  const records = new Map<string, ImageRecord>();
  const files = new Map<string, EncodedImage>();
  const lost = new Map<string, MissingImage>();
  const isWanted = new Set(wanted.map(keyOf));
  for (const image of drawn) if (isWanted.has(keyOf(image))) records.set(keyOf(image), image);
  for (const image of records.values())
    observers.onImage({ ...naming(trial), had: had.length, total: had.length + wanted.length, image });
  await scoreWaiting();
  let there = records.size;
  let repeat: RepeatedImage | undefined;
  let rearm = false;
  for (let round = 0; ; round++) {
    const isLast = round >= config.retries;
    const images = wanted.filter((image) => !records.has(keyOf(image)) && !lost.has(keyOf(image)));
    const came = { had: had.length, records, files, total: wanted.length };
    const events = eventsOf(session, lane, trial, came, {
      ...arrivals,
      arrived(image, file) {
        arrivals.arrived?.(image, file);
        // Whatever comes after pixels that were there before would be drawn in vain; of other weights, so is what is being made.
        const isOfOthers = isFirst && session.seen.isRepeat(trial, image);
        if (here.add(image) !== undefined || isOfOthers) stop.abort();
        if (isOfOthers) drop.abort();
      },
    });
    const isFirst = repeat === undefined;
    const here = new ImagesOfTrial<ArrivedImage>(plan.requests, [...had, ...records.values()]);
    const more = had.length > 0;
    const stop = followAbort(breaks?.until);
    const drop = createController();
    const asked = { images, rearm, more, there, leave, until: stop.signal, drop: drop.signal };
    const known = records.size + lost.size;
    let outcome: Outcome;
    try {
      outcome = await lane.evaluator.evaluate(trial, asked, signal, events);
    } finally {
      stop.release();
      // Whatever ends it, what was finished is not drawn again.
      await arrivals.written();
    }
    rearm = false;
    for (const image of outcome.images) records.set(keyOf(image), image);
    for (const image of outcome.missing) lost.set(keyOf(image), image);
    let { failure, look } = outcome;
    if (failure?.ends === 'trial' && had.length > 0 && !isBroken(look)) {
      // A trial that has a score keeps it: what came counts with the rest.
      giveUp(failure);
      failure = null;
    }
    if (failure === null) {
      const present = inOrder(wanted, records);
      const settled = await settleRepeats(session, lane, {
        trial,
        images: present,
        had,
        before: repeat,
        isLast,
      });
      if (settled === 'trusted') {
        const missing = inOrder(wanted, lost);
        const measured = { images: present, files, missing, failure: null, isOfImages: false };
        if (isKnown()) return measured;
        if (stop.signal.aborted && breaks?.until.aborted !== true) {
          repeat = undefined;
          if (records.size + lost.size > known) round--;
          continue;
        }
        if (breaks === undefined) return measured;
        if (!(await breaks.rest())) return { ...measured, isUnfinished: true };
        // Somebody may have had the server meanwhile.
        rearm = true;
        repeat = undefined;
        round--;
        continue;
      }
      if ('again' in settled) {
        repeat = settled.again;
        if (repeat.earlier === undefined) forgetLike(repeat);
        else {
          rearm = true;
          forget();
        }
        continue;
      }
      if ('wrong' in settled) {
        // Else whoever goes on would take them up, and find the same out once more.
        forget();
        throw settled.wrong;
      }
      ({ failure, look } = settled);
    }
    if (isBroken(look)) {
      // What was drawn before merging was set up again may show another model; so may what the trial had before.
      session.takeBack(had.length > 0 ? [...look.trials, trial.id] : look.trials, look.reason);
      forget();
    }
    if (failure.ends === 'run') throw asError(failure);
    const isDoubted = isBroken(look) && had.length > 0;
    const again = failure.ends === 'nothing' && !isLast && !isDoubted;
    // Of a trial that has failed the evaluator has spoken itself.
    if (failure.ends === 'nothing') {
      const next = again ? ` Trying again (${round + 1} of ${config.retries}).` : '';
      warn(session, `${nameOf(trial)}: ${afterColon(failure.message)}${next}`);
    }
    // Of a trial that has a score nothing is added that nobody vouches for.
    if (!again) {
      const kept = had.length > 0 ? [] : upToFirstGap(wanted, records);
      return { images: kept, files, missing: [], failure, isOfImages: failure.ends === 'trial' && isKnown() };
    }
  }

  /** Before anything is drawn; what cannot be scored is drawn. */
  async function scoreWaiting(): Promise<void> {
    const { evaluator } = lane;
    if (evaluator.judge === undefined) return;
    const waiting = (await arrivals.waiting(signal)).filter(
      ({ image }) => isWanted.has(keyOf(image)) && !records.has(keyOf(image)),
    );
    const taken = takenUp({ observers }, lane, waiting, nameOf(trial), false);
    for (const image of taken) {
      const came = { had: had.length, records, files, total: wanted.length };
      const events = eventsOf(session, lane, trial, came, arrivals);
      const judged = await evaluator.judge(trial, { ...image, leave }, signal, events);
      if (judged !== undefined) records.set(keyOf(judged), judged);
    }
    if (taken.length > 0) await arrivals.written();
  }

  /** Is there an image or a failure of its own for everything that was wanted? */
  function isKnown(): boolean {
    return wanted.every((image) => records.has(keyOf(image)) || lost.has(keyOf(image)));
  }

  /** What did not come is missing, and so is what may have come by chance. */
  function giveUp({ code, message }: EvaluationFailure): void {
    const kept = new Set((isKnown() ? inOrder(wanted, records) : upToFirstGap(wanted, records)).map(keyOf));
    for (const image of wanted) {
      if (kept.has(keyOf(image))) continue;
      records.delete(keyOf(image));
      if (!lost.has(keyOf(image))) lost.set(keyOf(image), { ...image, code, message });
    }
  }

  /** What has the pixels of another seed; whoever goes on finds that out again. */
  function forgetLike({ image, other }: RepeatedImage): void {
    for (const one of records.values()) {
      if (keyOf(one) !== keyOf(image) && (one.pixels !== image.pixels || keyOf(one) === keyOf(other)))
        continue;
      records.delete(keyOf(one));
      files.delete(keyOf(one));
    }
    there = records.size;
  }

  function forget(): void {
    records.clear();
    files.clear();
    lost.clear();
    there = 0;
    arrivals.forgotten();
    observers.onForgotten(trial.id);
  }
}

function inOrder<T>(wanted: readonly ImageRef[], found: ReadonlyMap<string, T>): T[] {
  const there = wanted.flatMap((image) => found.get(keyOf(image)) ?? []);
  // A trial keeps the list, and one that has grown has room for sixteen more.
  return [...there];
}

/** Whether an image behind a bad one was still made depends on the moment, and a journal must not. */
function upToFirstGap(wanted: readonly ImageRef[], records: ReadonlyMap<string, ImageRecord>): ImageRecord[] {
  const gap = wanted.findIndex((image) => !records.has(keyOf(image)));
  return inOrder(wanted.slice(0, gap < 0 ? undefined : gap), records);
}

function keyOf({ request, index }: ImageRef): string {
  return imageKey(request, index);
}
