/** One iteration: ask, evaluate (merge, generate, score), record, tell, announce. */
import { isExpected, runError, type AutombwError } from '../shared/errors.ts';
import { imageCount } from '../payload/requests.ts';
import { WebuiError } from '../renderers/index.ts';
import {
  DOUBTED,
  type EvaluatedTrial,
  type FailedTrial,
  type Image,
  type ImageRecord,
  type ImageRequest,
  type OpenTrial,
  type TrialTime,
} from '../types.ts';
import { recordOf } from '../journal/trial-records.ts';
import { ABORTED_BY_RATER } from '../score/manual/index.ts';
import { confirmMerge } from './reverify.ts';
import { judgeImage } from './judge-image.ts';
import { imageKey } from '../images/names.ts';
import { reconnect } from './reconnect.ts';
import { PICTURES_UNCHANGED, settleRepeats, type RepeatedImage } from './repeated-images.ts';
import { tallyOf } from '../judging/scoring.ts';
import { record, standingOf, timestamp, type Lane, type Session } from './session.ts';

export async function runTrial(session: Session, lane: Lane): Promise<void> {
  const began = session.clock.now();
  const trial = ask(session);
  session.observers.onAsked(trial, lane.name);
  const { outcome, isVerified, files } = await evaluate(session, lane, trial, began);
  record(session, recordOf(outcome));
  session.ledger.finish(outcome);
  if (outcome.state === 'scored' && outcome.source.kind === 'measured')
    lane.guard?.note(outcome.id, isVerified);
  session.observers.onTrial(outcome, standingOf(session));
  await session.images.keep(outcome, files, session.ledger.best()?.trial === outcome.id);
}

function ask(session: Session): OpenTrial {
  const { trial, isNew } = session.ledger.ask();
  if (isNew) {
    const { id, origin, point, weights } = trial;
    record(session, { kind: 'asked', trial: id, origin, point: [...point], weights });
  }
  return trial;
}

const ENDS_THE_RUN = ['merge-lost', 'webui-shared', PICTURES_UNCHANGED, ABORTED_BY_RATER];

interface Evaluated {
  readonly outcome: EvaluatedTrial | FailedTrial;
  /** The known point was looked at after the last image. */
  readonly isVerified: boolean;
  /** The files behind its image records, and more where it failed, by {@link imageKey}. */
  readonly files: ReadonlyMap<string, Image>;
}

async function evaluate(session: Session, lane: Lane, trial: OpenTrial, began: number): Promise<Evaluated> {
  const { state: _, ...base } = trial;
  const started = session.clock.now();
  const time = (): TrialTime => ({
    ...timestamp(session.clock),
    evaluation: (session.clock.now() - started) / 1000,
    iteration: (session.clock.now() - began) / 1000,
  });
  const known = knownScore(session, trial);
  if (known !== undefined) {
    return {
      outcome: { ...base, state: 'scored', ...known, images: [], time: time() },
      isVerified: false,
      files: new Map(),
    };
  }
  const images = new Map<string, ImageRecord>();
  const files = new Map<string, Image>();
  let repeat: RepeatedImage | undefined;
  for (let attempt = 0; ; attempt++) {
    const had = images.size;
    try {
      await renderMissing(session, lane, trial, { images, files });
      const isVerified = await confirmMerge(session, lane);
      const ordered = inOrder(session.plan.requests, images);
      repeat = await settleRepeats(session, lane, {
        trial,
        images: ordered,
        before: repeat,
        isLast: isLast(attempt),
      });
      if (repeat === undefined) {
        const score = tallyOf(session.plan.config, ordered);
        return {
          outcome: {
            ...base,
            state: 'scored',
            source: { kind: 'measured' },
            score,
            images: ordered,
            time: time(),
          },
          isVerified,
          files,
        };
      }
      images.clear();
      files.clear();
    } catch (error) {
      session.signal.throwIfAborted();
      if (!isExpected(error) || ENDS_THE_RUN.includes(error.code) || endsRun(error)) throw error;
      const isDoubtful = error.code === DOUBTED;
      // What was drawn before merging was set up anew may show another model.
      if (isDoubtful) {
        images.clear();
        files.clear();
      }
      // Attempts at one image are counted, not misfortunes of a long iteration.
      if (images.size > had) attempt = 0;
      const again = (mayBeRepeated(error, attempt) || isDoubtful) && !isLast(attempt);
      session.observers.onNotice({
        level: 'warn',
        message: `Iteration ${trial.id}: ${error.message}${again ? ` Trying again (${attempt + 1} of ${session.plan.config.retries}).` : ''}`,
      });
      if (error instanceof WebuiError && error.retry === 'rearm') await reconnect(session, lane);
      if (again) continue;
      const failure = { code: error.code, message: error.message };
      const ordered = inOrder(session.plan.requests, images);
      return {
        outcome: { ...base, state: 'failed', failure, images: ordered, time: time() },
        isVerified: false,
        files,
      };
    }
    await reconnect(session, lane);
  }

  function isLast(attempt: number): boolean {
    return attempt >= session.plan.config.retries;
  }
}

/** Of the very same weights, in this run or an earlier pass: no image is made again for them. */
function knownScore(
  { ledger }: Session,
  { weights }: OpenTrial,
): Pick<EvaluatedTrial, 'score' | 'source'> | undefined {
  const earlier = ledger.earlier(weights);
  if (earlier !== undefined && earlier.images.length > 0)
    return { score: earlier.score, source: { kind: 'repeat', of: earlier.id } };
  const remembered = ledger.remembered(weights);
  return remembered === undefined ? undefined : { score: remembered, source: { kind: 'earlier-pass' } };
}

/** Asking again is no help: every iteration would end like this one. */
function endsRun(error: AutombwError): boolean {
  return error instanceof WebuiError && error.endsRun && (error.givenUp || error.retry === 'never');
}

function mayBeRepeated(error: AutombwError, attempt: number): boolean {
  if (error instanceof WebuiError) return error.retry !== 'never' && !error.givenUp;
  // A file that came whole may still be damaged inside. One of another size may be another's; but mostly it comes again.
  return error.code === 'image-broken' || (error.code === 'picture-size' && attempt === 0);
}

interface Drawn {
  readonly images: Map<string, ImageRecord>;
  readonly files: Map<string, Image>;
}

/** Generates what has no score yet; image k is scored while the server makes image k + 1. */
async function renderMissing(
  session: Session,
  lane: Lane,
  trial: OpenTrial,
  { images, files }: Drawn,
): Promise<void> {
  const { requests } = session.plan;
  const total = imageCount(requests);
  const missing = requests.filter((request) =>
    request.seeds.some((_, index) => !images.has(imageKey(request.id, index))),
  );
  // An image that cannot be scored makes the trial worthless: nothing more is generated for it.
  const stop = new AbortController();
  const { signal } = stop;
  const onAbort = (): void => stop.abort(session.signal.reason);
  session.signal.addEventListener('abort', onAbort, { once: true });
  if (session.signal.aborted) onAbort();
  const progress = (step: number | null, steps: number | null): void => {
    session.observers.onProgress({ trial: trial.id, lane: lane.name, done: images.size, total, step, steps });
  };
  const scoring: Promise<void>[] = [];
  let failure: { readonly error: unknown } | undefined;
  const score = async (image: Image): Promise<void> => {
    try {
      // Not the signal that a bad image aborts: its neighbours are paid for, and are judged to the end.
      const judged = await judgeImage(
        { judge: session.judge, config: session.plan.config },
        image,
        session.signal,
      );
      images.set(imageKey(judged.request, judged.index), judged);
      files.set(imageKey(judged.request, judged.index), image);
      progress(null, null);
    } catch (error) {
      failure ??= { error };
      // One that is made again leaves the others what they are.
      if (!isExpected(error) || !mayBeRepeated(error, 0)) stop.abort();
    }
  };
  progress(null, null);
  try {
    const onProgress = ({ step, steps }: { step: number | null; steps: number | null }): void =>
      progress(step, steps);
    const onRepeat = ({ message, seconds }: { message: string; seconds: number }): void =>
      session.observers.onNotice({
        level: 'warn',
        message: `Iteration ${trial.id}: ${message} Asking for the image again in ${Math.round(seconds)} s.`,
      });
    for await (const image of lane.renderer.render(
      { weights: trial.weights, requests: missing, onProgress, onRepeat },
      signal,
    )) {
      scoring.push(score(image));
    }
  } catch (error) {
    failure ??= { error };
  } finally {
    session.signal.removeEventListener('abort', onAbort);
  }
  await Promise.all(scoring);
  if (failure !== undefined) throw failure.error;
  if (images.size !== total) {
    throw runError('pictures-missing', `Only ${images.size} of ${total} images came back from ${lane.name}.`);
  }
}

/**
 * In the order of the requests, up to the first one that is missing: whether an image behind a bad one was still made
 * depends on the moment, and a journal must not.
 */
function inOrder(requests: readonly ImageRequest[], images: ReadonlyMap<string, ImageRecord>): ImageRecord[] {
  const ordered: ImageRecord[] = [];
  for (const request of requests) {
    for (const index of request.seeds.keys()) {
      const image = images.get(imageKey(request.id, index));
      if (image === undefined) return ordered;
      ordered.push(image);
    }
  }
  return ordered;
}
