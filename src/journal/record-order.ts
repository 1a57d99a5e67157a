/**
 * What no run ever writes, line by line: a file of which lines were lost, copied or mixed with another's can be read line for
 * line and says something else.
 */
import type { JournalRecord } from './record.ts';

/** Follows the records of one journal from the first one. */
export class RecordOrder {
  #isFirst = true;
  readonly #asked = new Set<number>();
  readonly #finished = new Set<number>();
  readonly #extended = new Set<number>();

  /** @returns what is wrong with the next record, as a part of a sentence; it counts for nothing then */
  fault(record: JournalRecord): string | undefined {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    switch (record.kind) {
      case 'plan':
      case 'recovered':
        return isFirst ? undefined : 'another run starts inside it';
      case 'asked':
        if (this.#asked.has(record.trial) || this.#finished.has(record.trial))
          return `iteration ${record.trial} starts twice`;
        this.#asked.add(record.trial);
        return undefined;
      case 'learnt':
        return this.#finish(record.trial);
      case 'scored':
      case 'failed':
        if (!this.#asked.has(record.trial) && !this.#finished.has(record.trial))
          return `iteration ${record.trial} ends without having started`;
        return this.#finish(record.trial);
      case 'more':
        if (!this.#finished.has(record.trial))
          return `iteration ${record.trial} is to get more images but was never finished`;
        this.#extended.add(record.trial);
        return undefined;
      case 'added':
        return this.#extended.delete(record.trial)
          ? undefined
          : `iteration ${record.trial} got images that were not requested`;
      default:
        return undefined;
    }
  }

  #finish(trial: number): string | undefined {
    if (this.#finished.has(trial)) return `iteration ${trial} ends twice`;
    this.#finished.add(trial);
    this.#asked.delete(trial);
    return undefined;
  }
}
