/** One job at a worker's server: what is on the shelf is not made again, and what is finished lies there at once. */
import { followAbort } from '../../shared/abort/follow-abort.ts';
import { onAbort } from '../../shared/abort/on-abort.ts';
import { byteSize } from '../../shared/byte-size.ts';
import { isExpected, messageOf } from '../../shared/errors.ts';
import { imageKey } from '../../images/names.ts';
import {
  isBroken,
  type EvaluationEvents,
  type Evaluator,
  type ImageRef,
  type Outcome,
} from '../../trial/evaluator.ts';
import type { EncodedImage, ImageRecord } from '../../types.ts';
import type { Answer, Job, MeasureJob, News } from '../contract.ts';
import { LARGEST_FILE, type Shelf } from '../shelf.ts';

export interface CarryingOut {
  /** For messages. */
  readonly worker: string;
  readonly evaluator: Evaluator;
  readonly shelf: Shelf;
  readonly isScored: boolean;
  readonly tell: (news: News) => void;
  /** Told of every image that was made. */
  readonly onImage: (record: ImageRecord) => void;
  /** Once it is aborted, no further image is begun. */
  readonly until: AbortSignal;
  /** Nothing of it is wanted any more. */
  readonly signal: AbortSignal;
  /** Once it is aborted, a Redis that takes nothing is not waited for. */
  readonly drain: AbortSignal;
  /** Told of finished images that Redis has not taken by then. @param why in a sentence */
  readonly onLost: (images: number, why: string) => void;
  /** Around what the WebUI does. */
  readonly whileDrawing: <T>(work: Promise<T>) => Promise<T>;
}

/** `back`: others may go on with it. */
export type CarriedOut = Answer | 'back-because-draining' | 'back-because-gone';

/** Steps are told no more often than that. */
const PROGRESS_MS = 500;

/** Why an image is not in the queue. */
const UNTAKEN: ReadonlySet<string> = new Set(['queue-refuses', 'queue-unreachable']);

/** Other workers may have what this one has not: a server that is away is not waited for with a job in hand. */
const NO_PATIENCE = AbortSignal.abort();

/** @throws the signal's reason */
export async function carryOut(job: Job, setting: CarryingOut): Promise<CarriedOut> {
  const { evaluator, signal, whileDrawing } = setting;
  const events = eventsOf(setting);
  try {
    if (job.kind === 'look')
      return { kind: 'looked', look: copy(await whileDrawing(evaluator.look(signal, events))) };
    if (job.kind === 'redraw')
      return { kind: 'redrawn', ...copy(await whileDrawing(evaluator.redraw(job.image, signal, events))) };
    return await measure(job, setting, events);
  } catch (error) {
    signal.throwIfAborted();
    // A mistake of ours ends no worker, and no run by itself.
    const message = `The worker ${setting.worker} failed (${messageOf(error)}).`;
    setting.tell({ kind: 'warning', sentence: message });
    const failure = { code: 'webui-server-error', message, ends: 'trial' } as const;
    if (job.kind === 'look') return { kind: 'looked', look: { result: 'unanswered', failure } };
    if (job.kind === 'redraw') return { kind: 'redrawn', pixels: null, failure, look: null };
    return { kind: 'measured', worker: setting.worker, missing: [], failure, look: null };
  }
}

async function measure(
  { shelf: place, trial: { id, label, weights }, images, rearm, more }: MeasureJob,
  {
    worker,
    evaluator,
    shelf,
    isScored: scores,
    until,
    signal,
    drain,
    onImage,
    onLost,
    whileDrawing,
  }: CarryingOut,
  events: Events,
): Promise<CarriedOut> {
  const present = await shelf.present(place);
  const isThere = ({ request, index }: ImageRef): boolean => present.has(imageKey(request, index));
  const rest = images.filter((image) => !isThere(image));
  if (images.length > 0 && rest.length === 0)
    return { kind: 'measured', worker, missing: [], failure: null, look: null };
  const waits = followAbort(signal);
  const stopWaiting = onAbort(drain, () => waits.abort());
  const puts: Promise<void>[] = [];
  /** They are what they should be, and have no score yet. */
  const unscored = new Map<string, { readonly record: ImageRecord; readonly file: EncodedImage }>();
  const secondsOf = new Map<string, number>();
  const put = async (
    record: ImageRecord,
    { bytes, infotext }: EncodedImage,
    isScored = scores,
  ): Promise<void> => {
    const isLarge = bytes.length > LARGEST_FILE;
    if (isLarge) events.tooLarge(bytes.length);
    const image = { record: copy(record), isScored, infotext };
    await shelf.put(place, image, isLarge ? null : bytes, waits.signal);
    events.tell({ kind: 'finished-image', image: { request: record.request, index: record.index } });
  };
  const add = (done: Promise<void>): void => {
    done.catch(() => undefined);
    puts.push(done);
  };
  const evaluated = evaluator.evaluate(
    { id, weights, ...(label !== undefined && { label }) },
    // A scorer that is away here is so for all that comes: the image is kept until it is back, or the worker is to leave.
    { images: rest, rearm, more, until, leave: NO_PATIENCE, leaveScorer: until, isPart: true },
    signal,
    {
      ...events,
      onReceived: ({ request, index, seconds }) => void secondsOf.set(imageKey(request, index), seconds),
      onArrival: (arrived, file) => {
        const key = imageKey(arrived.request, arrived.index);
        // Its score is never read.
        const record = { ...arrived, score: 0, raw: {}, seconds: secondsOf.get(key) ?? 0 };
        unscored.set(key, { record, file });
      },
      onImage: (record, file) => {
        unscored.delete(imageKey(record.request, record.index));
        onImage(record);
        add(put(record, file));
      },
    },
  );
  let outcome: Outcome;
  let isLost: boolean;
  try {
    outcome = await whileDrawing(evaluated);
    // Whoever leads the run scores them: this worker leaves, and they would be drawn again.
    if (until.aborted && outcome.failure?.code === 'scorer-gone') {
      for (const { record, file } of unscored.values())
        if (file.bytes.length <= LARGEST_FILE) add(put(record, file, false));
    }
    isLost = await lostOf(puts, onLost);
  } finally {
    stopWaiting();
    waits.release();
  }
  const { missing, failure, look } = copy(outcome);
  const answer = { kind: 'measured', worker, missing, failure, look } as const;
  if (isBroken(look)) return answer;
  if (failure?.code === 'webui-gone') return 'back-because-gone';
  const isWhole = outcome.images.length + missing.length === rest.length;
  const isBrokenOff = failure === null ? !isWhole : failure.code === 'scorer-gone';
  if (isLost || (until.aborted && isBrokenOff)) return 'back-because-draining';
  return answer;
}

/** @returns whether Redis has not taken all of them @throws what Redis throws otherwise */
async function lostOf(puts: readonly Promise<void>[], onLost: CarryingOut['onLost']): Promise<boolean> {
  const settled = await Promise.allSettled(puts);
  const reasons = settled.flatMap((put) => (put.status === 'rejected' ? [put.reason as unknown] : []));
  const refused = reasons.filter((reason) => isExpected(reason) && UNTAKEN.has(reason.code));
  if (refused.length < reasons.length) throw reasons.find((reason) => !refused.includes(reason));
  const [first] = refused;
  if (first === undefined) return false;
  onLost(refused.length, messageOf(first));
  return true;
}

interface Events extends EvaluationEvents {
  readonly tell: (news: News) => void;
  readonly tooLarge: (bytes: number) => void;
}

function eventsOf({ tell }: CarryingOut): Events {
  let told = 0;
  return {
    tell,
    tooLarge: (bytes) =>
      tell({
        kind: 'warning',
        sentence: `A file of ${byteSize(bytes)} is too large for the queue: its image is scored but not saved.`,
      }),
    onState: ({ state, sentence }) => tell({ kind: 'state', state, sentence }),
    onProgress: (progress) => {
      const now = Date.now();
      if (now - told < PROGRESS_MS) return;
      told = now;
      tell({ kind: 'progress', ...progress });
    },
    onWarning: (sentence) => tell({ kind: 'warning', sentence }),
    onInfo: (sentence) => tell({ kind: 'info', sentence }),
  };
}

/** As it crosses: plain, and nobody's else. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<T[Key]> }
    : T;

function copy<T>(value: T): Plain<T>;
function copy(value: unknown): unknown {
  return structuredClone(value);
}
