/** One iteration: ask, evaluate unless the score is known, settle repeated images, tally, record, tell, announce. */
import { isExpected } from '../shared/errors.ts';
import { imageKey } from '../images/names.ts';
import { recordOf } from '../journal/trial-records.ts';
import { tallyOf } from '../judging/scoring.ts';
import { imageCount } from '../payload/requests.ts';
import type {
  EvaluationEvents,
  EvaluationFailure,
  ImageRef,
  Look,
  MissingImage,
} from '../trial/evaluator.ts';
import type {
  EncodedImage,
  EvaluatedTrial,
  FailedTrial,
  ImageRecord,
  ImageRequest,
  OpenTrial,
  TrialTime,
} from '../types.ts';
import { settleRepeats, type SettleContext } from './repeated-images.ts';
import type { RepeatedImage } from './seen-images.ts';
import { asError, invalidate } from './reverify.ts';
import { record, sentencesOf, progressOf, timestamp, warn, type Lane, type Session } from './session.ts';

export async function runTrial(session: Session, lane: Lane): Promise<void> {
  const { clock, state, observers } = session;
  const began = clock.now();
  const trial = ask(session);
  observers.onAsked(trial, lane.name);
  const started = clock.now();
  const images: TrialImages = { records: new Map(), files: new Map() };
  const result = knownResult(session, trial) ?? (await measure(session, lane, trial, images));
  const time: TrialTime = {
    ...timestamp(clock),
    evaluation: (clock.now() - started) / 1000,
    iteration: (clock.now() - began) / 1000,
  };
  const finished: EvaluatedTrial | FailedTrial = { ...trial, ...result, time };
  record(session, recordOf(finished));
  state.finish(finished);
  observers.onTrial(finished, progressOf(session));
  await session.images.keep(finished, images.files, state.best()?.trial === finished.id);
}

function ask(session: Pick<Session, 'state' | 'journal' | 'observers'>): OpenTrial {
  const { trial, isNew } = session.state.ask();
  if (isNew) {
    const { id, origin, point, weights } = trial;
    record(session, { kind: 'asked', trial: id, origin, point: [...point], weights });
  }
  return trial;
}

type Result =
  | Pick<EvaluatedTrial, 'state' | 'source' | 'score' | 'images' | 'missing'>
  | Pick<FailedTrial, 'state' | 'failure' | 'images'>;

/** Of the very same weights, in this run or an earlier pass: no image is made again for them. */
function knownResult(
  { state }: Pick<Session, 'state'>,
  { weights }: OpenTrial,
): Pick<EvaluatedTrial, 'state' | 'source' | 'score' | 'images'> | undefined {
  const earlier = state.earlier(weights);
  if (earlier !== undefined && earlier.images.length > 0) {
    return { state: 'scored', source: { kind: 'repeat', of: earlier.id }, score: earlier.score, images: [] };
  }
  const score = state.remembered(weights);
  if (score === undefined) return undefined;
  return { state: 'scored', source: { kind: 'earlier-pass' }, score, images: [] };
}

/** What there is of a trial, by {@link imageKey}; of images that turn out to be wrong nothing is left. */
interface TrialImages {
  readonly records: Map<string, ImageRecord>;
  readonly files: Map<string, EncodedImage>;
}

/** Asks for images until they can be trusted. @throws what ends the run */
async function measure(
  session: SettleContext,
  lane: Lane,
  trial: OpenTrial,
  { records, files }: TrialImages,
): Promise<Result> {
  const { plan, signal } = session;
  const { requests, config } = plan;
  const { id, weights } = trial;
  const lost = new Map<string, MissingImage>();
  let repeat: RepeatedImage | undefined;
  let rearm = false;
  for (let round = 0; ; round++) {
    const isLast = round >= config.retries;
    const missing = allImages(requests).filter(
      ({ request, index }) => !records.has(imageKey(request, index)) && !lost.has(imageKey(request, index)),
    );
    const events = eventsOf(session, lane, trial, { records, files });
    const outcome = await lane.evaluator.evaluate(
      { id, weights },
      { images: missing, rearm },
      signal,
      events,
    );
    rearm = false;
    for (const image of outcome.images) records.set(imageKey(image.request, image.index), image);
    for (const image of outcome.missing) lost.set(imageKey(image.request, image.index), image);
    let { failure, look } = outcome;
    if (failure === null) {
      const images = inOrder(requests, records);
      const settled = await settleRepeats(session, lane, { trial, images, before: repeat, isLast });
      if (settled === 'trusted') return scored(session, trial, images, inOrder(requests, lost));
      if ('again' in settled) {
        repeat = settled.again;
        rearm = true;
        forget();
        continue;
      }
      ({ failure, look } = settled);
    }
    if (isBroken(look)) {
      invalidate(session, look.trials, look.reason);
      // What was drawn before merging was set up again may show another model.
      forget();
    }
    if (failure.ends === 'run') throw asError(failure);
    const again = failure.ends === 'nothing' && !isLast;
    // Of a trial that has failed the evaluator has spoken itself.
    if (failure.ends === 'nothing') {
      const next = again ? ` Trying again (${round + 1} of ${config.retries}).` : '';
      warn(session, `Iteration ${id}: ${failure.message}${next}`);
    }
    if (!again) return failed(failure, upToFirstMissing(requests, records));
  }

  function forget(): void {
    records.clear();
    lost.clear();
    files.clear();
  }
}

/** A tally that cannot be had of these images is a failure of the trial, like a score that cannot. */
function scored(
  session: Pick<Session, 'plan' | 'observers'>,
  { id }: OpenTrial,
  images: readonly ImageRecord[],
  missing: readonly MissingImage[],
): Result {
  try {
    const score = tallyOf(session.plan.config, images);
    const lacks = missing.length === 0 ? {} : { missing };
    return { state: 'scored', source: { kind: 'measured' }, score, images, ...lacks };
  } catch (error) {
    if (!isExpected(error)) throw error;
    warn(session, `Iteration ${id}: ${error.message}`);
    return failed(error, images);
  }
}

function failed(
  { code, message }: Pick<EvaluationFailure, 'code' | 'message'>,
  images: readonly ImageRecord[],
): Result {
  return { state: 'failed', failure: { code, message }, images };
}

function isBroken(look: Look | null): look is Exclude<Look, { result: 'holds' }> {
  return look !== null && look.result !== 'holds';
}

function eventsOf(
  { observers, plan }: Pick<Session, 'observers' | 'plan'>,
  { name }: Lane,
  { id }: OpenTrial,
  { records, files }: TrialImages,
): EvaluationEvents {
  const total = imageCount(plan.requests);
  const had = records.size;
  return {
    ...sentencesOf({ observers }),
    onProgress: ({ done, step, steps }) =>
      observers.onProgress({ trial: id, lane: name, done: had + done, total, step, steps }),
    onImage: ({ request, index }, file) => void files.set(imageKey(request, index), file),
  };
}

function allImages(requests: readonly ImageRequest[]): ImageRef[] {
  return requests.flatMap(({ id, seeds }) => [...seeds.keys()].map((index) => ({ request: id, index })));
}

/** What there is of them, by {@link imageKey}. */
function inOrder<T>(requests: readonly ImageRequest[], byKey: ReadonlyMap<string, T>): T[] {
  return allImages(requests).flatMap(({ request, index }) => byKey.get(imageKey(request, index)) ?? []);
}

/** Whether an image behind a bad one was still made depends on the moment, and a journal must not. */
function upToFirstMissing(
  requests: readonly ImageRequest[],
  records: ReadonlyMap<string, ImageRecord>,
): ImageRecord[] {
  const ordered = allImages(requests).map(({ request, index }) => records.get(imageKey(request, index)));
  const end = ordered.indexOf(undefined);
  return ordered.slice(0, end < 0 ? undefined : end).filter((image) => image !== undefined);
}
