/** What records come to, one after another: of a journal that grows, none is looked at again for every line. */
import type { JournalRecord } from './record.ts';

/** Records that become more: an array that nothing is ever taken from, or {@link PassingRecords}. */
export interface GrowingRecords {
  /** How many there have been. */
  readonly length: number;
  /** All but so many first ones. */
  slice(from: number): readonly JournalRecord[];
}

/** Records that are let go once everybody has read them: those of a long run take more room than all that is made of them. */
export class PassingRecords implements GrowingRecords {
  #unread: JournalRecord[] = [];
  #gone = 0;

  get length(): number {
    return this.#gone + this.#unread.length;
  }

  add(record: JournalRecord): void {
    this.#unread.push(record);
  }

  slice(from: number): readonly JournalRecord[] {
    if (from < this.#gone) throw new Error(`record ${from + 1} is asked for and was let go`);
    return this.#unread.slice(from - this.#gone);
  }

  /** Everybody has read all of them. */
  letGo(): void {
    this.#gone = this.length;
    this.#unread = [];
  }
}

/** What is made of records, in their order. */
interface Book {
  readonly add: (record: JournalRecord) => void;
}

/**
 * @param create a book that knows nothing yet
 * @returns the book of some records, with all that it holds by now: always the same records, which have only become more
 */
export function growing<B extends Book>(create: () => B): (records: GrowingRecords) => B {
  const books = new WeakMap<GrowingRecords, { readonly book: B; read: number }>();
  return (records) => {
    const known = books.get(records) ?? { book: create(), read: 0 };
    books.set(records, known);
    for (const record of records.slice(known.read)) known.book.add(record);
    known.read = records.length;
    return known.book;
  };
}
