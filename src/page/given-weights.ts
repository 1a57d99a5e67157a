/** Which trials have weights that somebody gave while the run was under way, and which weights still wait. Pure. */
import type { JournalRecord, RecordOf } from '../journal/record.ts';
import type { PageQueued } from './state.ts';

export interface GivenWeights {
  /** Who gave them, by trial. */
  readonly by: ReadonlyMap<number, string>;
  /** The oldest first. */
  readonly waiting: readonly PageQueued[];
}

/** Requests are followed in their order; one whose trial is doubted waits again, behind all others. */
export function givenWeights(records: readonly JournalRecord[]): GivenWeights {
  const followed = new Map<number, RecordOf<'queued'>>();
  const waiting: RecordOf<'queued'>[] = [];
  for (const record of records) {
    if (record.kind === 'queued') waiting.push(record);
    if (record.kind === 'asked' && record.byHand === true) {
      const request = waiting.shift();
      if (request !== undefined) followed.set(record.trial, request);
    }
    if (record.kind === 'doubted')
      for (const trial of record.trials) {
        const request = followed.get(trial);
        if (request !== undefined) waiting.push(request);
      }
  }
  return {
    by: new Map([...followed].map(([trial, { by }]) => [trial, by])),
    waiting: waiting.map(({ id, by, weights }) => ({ id, by, weights })),
  };
}
