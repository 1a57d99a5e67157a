/** What a journal tells of a search, to be compared with another one. */
import type { JournalRecord, RecordOf } from '../../src/journal/record.ts';
import type { Outcome } from './scenario.ts';

function isOf<K extends JournalRecord['kind']>(kind: K): (record: JournalRecord) => record is RecordOf<K> {
  return (record): record is RecordOf<K> => record.kind === kind;
}

export interface Result {
  readonly trial: number;
  readonly score: number;
  /** Score and pixels of every image, by its name. */
  readonly images: ReadonlyMap<string, string>;
}

/**
 * By the weights, for what is measured once more has another number; what was doubted later, and not measured again, is none.
 */
export function resultsOf(records: readonly JournalRecord[]): ReadonlyMap<string, Result> {
  const weights = new Map(
    records.filter(isOf('asked')).map((record) => [record.trial, JSON.stringify(record.weights)]),
  );
  const results = new Map<number, Result>();
  for (const record of records) {
    if (record.kind === 'doubted') for (const trial of record.trials) results.delete(trial);
    if (record.kind !== 'scored') continue;
    const images = record.images.map(
      ({ request, index, score, pixels }) => [`${request} ${index}`, `${score} ${pixels}`] as const,
    );
    const { trial, score } = record;
    results.set(trial, { trial, score, images: new Map(images) });
  }
  return new Map([...results].map(([trial, result]) => [weights.get(trial) ?? '', result]));
}

/** Iterations of which an image is another one, or the score where no image is missing. */
export function differing(
  found: ReadonlyMap<string, Result>,
  calm: ReadonlyMap<string, Result>,
): readonly number[] {
  return [...found].flatMap(([weights, { trial, score, images }]) => {
    const right = calm.get(weights);
    // What follows an iteration that was measured again are other weights.
    if (right === undefined) return [];
    const isRight =
      [...images].every(([name, image]) => right.images.get(name) === image) &&
      (images.size < right.images.size || score === right.score);
    return isRight ? [] : [trial];
  });
}

export function countLost(records: readonly JournalRecord[]): Pick<Outcome, 'lost' | 'missing'> {
  const scored = records.filter(isOf('scored'));
  const failed = new Set(records.filter(isOf('failed')).map(({ trial }) => trial));
  for (const { trial } of scored) failed.delete(trial);
  return {
    lost: failed.size,
    missing: scored.reduce((sum, { missing = [] }) => sum + missing.length, 0),
  };
}
