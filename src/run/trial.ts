/**
 * One iteration: evaluate unless the score is known, settle repeated images, tally, record, tell, announce. Or more images for a
 * trial that was scored before.
 */
import { afterColon } from '../shared/after-colon.ts';
import { REJECTED } from '../shared/error-codes.ts';
import { elapsedOn } from '../shared/clock.ts';
import { isExpected } from '../shared/errors.ts';
import {
  addedRecord,
  recordedImage,
  recordOf,
  withResult,
  type TrialResult,
} from '../journal/trial-records.ts';
import { tallyOf } from '../judging/scoring.ts';
import { imageKey } from '../images/names.ts';
import { nameOf, type ImageRef, type MissingImage } from '../trial/evaluator.ts';
import type {
  EncodedImage,
  EvaluatedTrial,
  FailedTrial,
  FailedImage,
  ImageRecord,
  OpenTrial,
  TrialTime,
} from '../types.ts';
import { FinishedImages, takenUp } from './finished-images.ts';
import { keptTrials } from './kept-images.ts';
import type { Arrivals } from './measure-events.ts';
import { measure, type Measurement } from './measure.ts';
import type { SettleContext } from './repeated-images.ts';
import { invalidate } from './reverify.ts';
import { record, progressOf, timestamp, warn, type Lane, type Session } from './session.ts';
import type { MoreWork, Work } from './work.ts';

/** What the state says comes next. */
export async function runNext(session: Session, lane: Lane): Promise<void> {
  const began = elapsedOn(session.clock);
  const work = session.state.ask();
  if (work.kind === 'more') await addImages(session, lane, work, began);
  else await runTrial(session, lane, work, began);
}

async function runTrial(
  session: Session,
  lane: Lane,
  { trial, isNew, mergeCost }: Extract<Work, { kind: 'new' }>,
  began: number,
): Promise<void> {
  const { clock, state, observers } = session;
  if (isNew) recordAsked(session, trial, mergeCost);
  observers.onAsked(trial, lane.name);
  const started = elapsedOn(clock);
  const { result, files, before } = knownResult(session, trial) ?? (await evaluate(session, lane, trial));
  const time = timeOf(session, { started, began, before });
  const finished = withResult(trial, result, time);
  record(session, recordOf(finished));
  state.finish(finished);
  observers.onTrial(finished, progressOf(session));
  const doubt = state.inDoubt.get(trial.id);
  state.inDoubt.delete(trial.id);
  if (doubt !== undefined && finished.state === 'scored') {
    invalidate(session, [trial.id], doubt);
    return;
  }
  await session.images.keep(finished, files, keptTrials(state, state.candidates()));
}

/** @param began milliseconds on the clock when this was decided */
export async function addImages(
  session: Session,
  lane: Lane,
  work: MoreWork,
  began = elapsedOn(session.clock),
): Promise<void> {
  const { clock, state, observers } = session;
  const { trial, images, isNew, mergeCost, isPeeked } = work;
  if (isNew) {
    const peeked = isPeeked ? { peeked: true } : {};
    record(session, { kind: 'more', trial: trial.id, images, mergeCost, ...peeked });
  }
  const started = elapsedOn(clock);
  const has = new Set(trial.images.map(({ request, index }) => imageKey(request, index)));
  const isAgain = images <= (trial.wanted ?? images);
  const wanted = state.scores
    .first(images)
    .slice(isAgain ? 0 : trial.wanted)
    .filter(({ request, index }) => !has.has(imageKey(request, index)));
  const { drawn, arrivals } = underWay(session, lane, trial.id);
  const { leave } = session.control;
  const measurement = await measure(settling(session), lane, {
    trial,
    wanted,
    had: trial.images,
    drawn,
    arrivals,
    leave,
  });
  // It was doubted in between: its point is measured again.
  if (!state.isOpen(work)) return;
  const lost = missingOf(wanted, measurement);
  const missing = isAgain ? lost : [...(trial.missing ?? []), ...lost];
  const { score, added } = scoreWith(session, trial, measurement.images);
  const time = timeOf(session, { started, began, before: secondsOf(added, drawn) });
  const extension = { score, images: added, missing, time };
  record(session, addedRecord(trial.id, extension));
  const extended = state.add(trial.id, extension);
  observers.onTrial(extended, progressOf(session));
  await session.images.keep(extended, measurement.files, keptTrials(state, state.candidates()));
}

/**
 * What an earlier session has of a trial, and what becomes of the images that come now: people look at them while the others are made, and
 * none that is finished is drawn again, whatever happens.
 */
function underWay(
  session: Pick<Session, 'images' | 'drawn' | 'journal' | 'observers' | 'state'>,
  lane: Lane,
  trial: number,
): { readonly drawn: readonly ImageRecord[]; readonly arrivals: Arrivals } {
  const { images, state } = session;
  const before = session.drawn.get(trial) ?? [];
  session.drawn.delete(trial);
  const finished = new FinishedImages(
    session,
    {
      written: async () => images.arrived(),
      entryOf: (image) => ({
        kind: 'image',
        trial,
        image: recordedImage(image),
        pixelGroup: lane.pixelGroupOf(image.request),
      }),
      recorded: (image) => images.recorded(trial, image),
      forgotten: () => ({ kind: 'forgotten', trial }),
    },
    before.length > 0,
  );
  return {
    drawn: takenUp(session, lane, before, nameOf({ id: trial })).map(({ image }) => image),
    arrivals: {
      received: (image, file) =>
        images.receive(trial, { image, file, pixelGroup: lane.pixelGroupOf(image.request) }),
      arrived: (image, file) => images.arrive(trial, image, file),
      waiting: async (signal) => images.waiting(trial, signal),
      finished: (image, file) => finished.add(image, file),
      written: async () => {
        await images.arrived();
        await finished.settled();
      },
      forgotten: () => {
        images.forget(trial);
        finished.forget();
        // What comes now was drawn after that.
        state.inDoubt.delete(trial);
      },
    },
  };
}

/** Of those that count and were drawn by an earlier session: its time is part of what they took. */
function secondsOf(images: readonly ImageRecord[], drawn: readonly ImageRecord[]): number {
  return images.filter((image) => drawn.includes(image)).reduce((sum, { seconds }) => sum + seconds, 0);
}

function settling(session: Session): SettleContext {
  return { ...session, takeBack: (trials, reason) => invalidate(session, trials, reason) };
}

function recordAsked(
  session: Pick<Session, 'journal' | 'observers'>,
  { id, origin, baseline, byHand, point, weights, wanted }: OpenTrial,
  mergeCost: number,
): void {
  record(session, {
    kind: 'asked',
    trial: id,
    origin,
    ...(baseline !== undefined && { baseline }),
    ...(byHand === true && { byHand }),
    point: [...point],
    weights,
    ...(wanted !== undefined && { images: wanted }),
    ...(mergeCost > 0 && { mergeCost }),
  });
}

/** @param when milliseconds on the clock, but `before` in seconds: of earlier sessions */
function timeOf(
  { clock }: Pick<Session, 'clock'>,
  { started, began, before }: { readonly started: number; readonly began: number; readonly before: number },
): TrialTime {
  const { at } = timestamp(clock);
  return {
    at,
    evaluation: before + (elapsedOn(clock) - started) / 1000,
    iteration: before + (elapsedOn(clock) - began) / 1000,
  };
}

interface Result {
  readonly result: TrialResult;
  readonly files: ReadonlyMap<string, EncodedImage>;
  /** Seconds that earlier sessions have drawn. */
  readonly before: number;
}

/** Of the very same weights, in this run or an earlier pass, or rejected: no image is made again for them. */
function knownResult({ state }: Pick<Session, 'state'>, { weights, byHand }: OpenTrial): Result | undefined {
  const files = new Map<string, EncodedImage>();
  const earlier = state.known.trial(weights);
  if (earlier !== undefined && earlier.images.length > 0) {
    const source = { kind: 'repeat', of: earlier.id } as const;
    return { result: { state: 'scored', source, score: earlier.score, images: [] }, files, before: 0 };
  }
  const rejected = state.known.rejected(weights);
  // Who asks for them has changed their mind.
  if (rejected !== undefined && byHand !== true) {
    const message = `Its weights are those of iteration ${rejected}, which was rejected.`;
    return { result: failed({ code: REJECTED, message }, []), files, before: 0 };
  }
  const score = state.known.remembered(weights);
  if (score === undefined) return undefined;
  const source = { kind: 'earlier-pass' } as const;
  return { result: { state: 'scored', source, score, images: [] }, files, before: 0 };
}

/** @throws what ends the run */
async function evaluate(session: Session, lane: Lane, trial: OpenTrial): Promise<Result> {
  const wanted = session.state.scores.first(trial.wanted);
  const { drawn, arrivals } = underWay(session, lane, trial.id);
  const { leave } = session.control;
  const asked = { trial, wanted, had: [], drawn, arrivals, leave };
  const measurement = await measure(settling(session), lane, asked);
  const { images, failure, files } = measurement;
  const before = secondsOf(images, drawn);
  if (failure !== null) return { result: failed(failure, images), files, before };
  const missing = missingOf(wanted, measurement);
  const [first] = missing;
  // So few images say too little of a merge, and what spoils most of them is hardly theirs alone.
  if (first !== undefined && 2 * images.length < wanted.length)
    return { result: failed(first, images), files, before };
  return { result: scored(session, trial, images, missing), files, before };
}

/** A tally that cannot be had of these images is a failure of the trial, like a score that cannot. */
function scored(
  session: Pick<Session, 'plan' | 'observers'>,
  { id }: OpenTrial,
  images: readonly ImageRecord[],
  missing: readonly FailedImage[],
): TrialResult {
  try {
    const score = tallyOf(session.plan.config, images);
    const gaps = missing.length > 0 ? { missing } : {};
    return { state: 'scored', source: { kind: 'measured' }, score, images, ...gaps };
  } catch (error) {
    if (!isExpected(error)) throw error;
    warn(session, `Iteration ${id}: ${afterColon(error.message)}`);
    return failed(error, images);
  }
}

function failed({ code, message }: FailedTrial['failure'], images: readonly ImageRecord[]): TrialResult {
  return { state: 'failed', failure: { code, message }, images };
}

/** A trial that has a score keeps one: images whose tally cannot be had are left out. */
function scoreWith(
  session: Pick<Session, 'plan' | 'observers'>,
  trial: EvaluatedTrial,
  added: readonly ImageRecord[],
): { readonly score: number; readonly added: readonly ImageRecord[] } {
  if (added.length === 0) return { score: trial.score, added };
  try {
    return { score: tallyOf(session.plan.config, [...trial.images, ...added]), added };
  } catch (error) {
    if (!isExpected(error)) throw error;
    warn(session, `Iteration ${trial.id}: ${afterColon(error.message)}`);
    return { score: trial.score, added: [] };
  }
}

/** The wanted images that are missing, each with its own reason or the one that ended the evaluation. */
function missingOf(wanted: readonly ImageRef[], { images, missing, failure }: Measurement): FailedImage[] {
  const has = new Set(images.map(({ request, index }) => imageKey(request, index)));
  const own = new Map<string, MissingImage>(
    missing.map((image) => [imageKey(image.request, image.index), image]),
  );
  const usual = failure ?? missing[0];
  return wanted
    .filter(({ request, index }) => !has.has(imageKey(request, index)))
    .map(({ request, index }) => {
      const { code = 'pictures-missing', message = 'It was not received.' } =
        own.get(imageKey(request, index)) ?? usual ?? {};
      return { request, index, code, message };
    });
}
