/** Trials as records of a journal, and back: the only code that knows how a journal writes where a score came from. */
import type {
  EvaluatedTrial,
  FailedTrial,
  ImageRecord,
  LearnedTrial,
  OpenTrial,
  ScoreSource,
  TrialTime,
} from '../types.ts';
import type { RecordOf } from './record.ts';

export function openTrial(record: RecordOf<'asked'>): OpenTrial {
  const { trial: id, origin, baseline, byHand, point, weights, images } = record;
  return {
    state: 'open',
    id,
    origin,
    ...(baseline !== undefined && { baseline }),
    ...(byHand === true && { byHand }),
    point: unboxed(point),
    weights,
    ...(images !== undefined && { wanted: images }),
  };
}

/** In lists that come out of a schema V8 has an object for every number; in this one there is none, and it takes a third of the room. */
function unboxed(numbers: readonly number[]): number[] {
  const own: number[] = [];
  for (const number of numbers) own.push(number);
  // Without the room that was left for more.
  return own.slice();
}

export function learnedTrial({ trial: id, weights, score }: RecordOf<'learnt'>): LearnedTrial {
  return { state: 'scored', source: { kind: 'learned' }, id, weights, score, images: [] };
}

export function finishedTrial(
  asked: OpenTrial,
  record: RecordOf<'scored' | 'failed'>,
): EvaluatedTrial | FailedTrial {
  const { images, time } = record;
  if (record.kind === 'failed')
    return withResult(asked, { state: 'failed', failure: record.failure, images }, time);
  const { score } = record;
  const source = sourceOf(record);
  return withResult(asked, { state: 'scored', source, score, images, ...missingOf(record) }, time);
}

/** How a trial ended. */
export type TrialResult =
  | Pick<EvaluatedTrial, 'state' | 'source' | 'score' | 'images' | 'missing'>
  | Pick<FailedTrial, 'state' | 'failure' | 'images'>;

/**
 * The id comes first: of literals that begin with `...`, V8 gives every object a shape of its own, which takes as much room as the
 * object, and whoever looks through the trials of a long run is slowed down by thousands of shapes.
 */
export function withResult(
  { id, ...asked }: OpenTrial,
  result: TrialResult,
  time: TrialTime,
): EvaluatedTrial | FailedTrial {
  return { id, ...asked, ...result, time };
}

/** The record that says how a trial ended. */
export function recordOf(trial: EvaluatedTrial | FailedTrial): RecordOf<'scored' | 'failed'> {
  const { id, time } = trial;
  const images = imagesOf(trial);
  if (trial.state === 'failed') return { kind: 'failed', trial: id, failure: trial.failure, images, time };
  const { score, source } = trial;
  return { kind: 'scored', trial: id, score, images, ...missingOf(trial), ...repeatOf(source), time };
}

/** What came of asking for more images of a scored trial. */
export interface Added extends Pick<EvaluatedTrial, 'score' | 'images' | 'time'> {
  /** Of all that were asked for so far. */
  readonly missing?: EvaluatedTrial['missing'] | undefined;
}

export function addedRecord(trial: number, added: Added): RecordOf<'added'> {
  const { score, time } = added;
  return { kind: 'added', trial, score, images: imagesOf(added), ...missingOf(added), time };
}

/** A trial that got more images. @param wanted so many were asked for in all */
export function extendedTrial(trial: EvaluatedTrial, wanted: number, added: Added): EvaluatedTrial {
  const { id, missing: _, ...rest } = trial;
  const { at, evaluation, iteration } = trial.time;
  return {
    id,
    ...rest,
    wanted,
    score: added.score,
    images: [...trial.images, ...added.images],
    ...missingOf(added),
    time: {
      at,
      evaluation: evaluation + added.time.evaluation,
      iteration: iteration + added.time.iteration,
    },
  };
}

function imagesOf({ images }: Pick<EvaluatedTrial | FailedTrial, 'images'>): RecordOf<'scored'>['images'] {
  return images.map(recordedImage);
}

export function recordedImage(image: ImageRecord): RecordOf<'image'>['image'] {
  return { ...image, raw: { ...image.raw } };
}

function missingOf({ missing = [] }: { readonly missing?: EvaluatedTrial['missing'] | undefined }): {
  missing?: NonNullable<RecordOf<'scored'>['missing']>;
} {
  return missing.length === 0 ? {} : { missing: [...missing] };
}

/** In a journal `repeatOf` is absent for what was measured, and 0 stands for an earlier pass. */
const OF_EARLIER_PASS = 0;

export function sourceOf({ repeatOf }: Pick<RecordOf<'scored'>, 'repeatOf'>): ScoreSource {
  if (repeatOf === undefined) return { kind: 'measured' };
  return repeatOf === OF_EARLIER_PASS ? { kind: 'earlier-pass' } : { kind: 'repeat', of: repeatOf };
}

function repeatOf(source: ScoreSource): Pick<RecordOf<'scored'>, 'repeatOf'> {
  if (source.kind === 'measured') return {};
  return { repeatOf: source.kind === 'repeat' ? source.of : OF_EARLIER_PASS };
}
