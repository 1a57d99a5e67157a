/** Which trials have weights that somebody gave while the run was under way, and which weights still wait. Pure. */
import { growing, type GrowingRecords } from '../journal/growing.ts';
import type { JournalRecord, RecordOf } from '../journal/record.ts';
import type { PageQueued } from './state.ts';

export interface GivenWeights {
  /** Who gave them, by trial. */
  readonly by: ReadonlyMap<number, string>;
  /** The oldest first. */
  readonly waiting: readonly PageQueued[];
}

/** Follows the records of one journal: requests are followed in their order; one whose trial is doubted waits again, behind all others. */
export class GivenBook implements GivenWeights {
  readonly by = new Map<number, string>();
  readonly #followed = new Map<number, RecordOf<'queued'>>();
  readonly #waiting: RecordOf<'queued'>[] = [];

  get waiting(): PageQueued[] {
    return this.#waiting.map(({ id, by, weights }) => ({ id, by, weights }));
  }

  add(record: JournalRecord): void {
    if (record.kind === 'queued') this.#waiting.push(record);
    if (record.kind === 'asked' && record.byHand === true) this.#follow(record.trial);
    if (record.kind === 'doubted')
      for (const trial of record.trials) {
        const request = this.#followed.get(trial);
        if (request !== undefined) this.#waiting.push(request);
      }
  }

  #follow(trial: number): void {
    const request = this.#waiting.shift();
    if (request === undefined) return;
    this.#followed.set(trial, request);
    this.by.set(trial, request.by);
  }
}

const ofRecords = growing(() => new GivenBook());

/** @param records always the same ones, which only become more */
export function givenWeights(records: GrowingRecords): GivenWeights {
  return ofRecords(records);
}
