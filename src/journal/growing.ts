/** What records come to, one after another: of a journal that grows, none is looked at again for every line. */
import type { JournalRecord } from './record.ts';

/** What is made of records, in their order. */
interface Book {
  readonly add: (record: JournalRecord) => void;
}

/**
 * @param create a book that knows nothing yet
 * @returns the book of an array of records, with all that it holds by now: always the same array, which nothing is ever taken from
 */
export function growing<B extends Book>(create: () => B): (records: readonly JournalRecord[]) => B {
  const books = new WeakMap<readonly JournalRecord[], { readonly book: B; read: number }>();
  return (records) => {
    const known = books.get(records) ?? { book: create(), read: 0 };
    books.set(records, known);
    for (const record of records.slice(known.read)) known.book.add(record);
    known.read = records.length;
    return known.book;
  };
}
