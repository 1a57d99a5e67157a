/** Trials as records of a journal, and back: the only code that knows how a journal writes where a score came from. */
import type { EvaluatedTrial, FailedTrial, LearnedTrial, OpenTrial, ScoreSource } from '../types.ts';
import type { RecordOf } from './record.ts';

export function openTrial({ trial: id, origin, point, weights }: RecordOf<'asked'>): OpenTrial {
  return { state: 'open', id, origin, point, weights };
}

export function learnedTrial({ trial: id, weights, score }: RecordOf<'learnt'>): LearnedTrial {
  return { state: 'scored', source: { kind: 'learned' }, id, weights, score, images: [] };
}

export function finishedTrial(
  asked: OpenTrial,
  record: RecordOf<'scored' | 'failed'>,
): EvaluatedTrial | FailedTrial {
  const { images, time } = record;
  if (record.kind === 'failed') return { ...asked, state: 'failed', failure: record.failure, images, time };
  const lacks = record.missing === undefined ? {} : { missing: record.missing };
  return { ...asked, state: 'scored', source: sourceOf(record), score: record.score, images, ...lacks, time };
}

/** The record that says how a trial ended. */
export function recordOf(trial: EvaluatedTrial | FailedTrial): RecordOf<'scored' | 'failed'> {
  const { id, time } = trial;
  const images = trial.images.map((image) => ({ ...image, raw: { ...image.raw } }));
  if (trial.state === 'failed') return { kind: 'failed', trial: id, failure: trial.failure, images, time };
  const lacks = trial.missing === undefined ? {} : { missing: trial.missing.map((image) => ({ ...image })) };
  return { kind: 'scored', trial: id, score: trial.score, images, ...lacks, ...repeatOf(trial.source), time };
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
