import { describe, expect, it } from 'vitest';
import { growing, PassingRecords } from '../../../src/journal/growing.ts';
import type { JournalRecord } from '../../../src/journal/record.ts';

const at = (time: number): JournalRecord => ({ kind: 'resumed', limits: { time }, time: { at: '' } });
const bookOf = growing(() => {
  const read: JournalRecord[] = [];
  return { read, add: (record: JournalRecord) => void read.push(record) };
});

describe('records that are let go', () => {
  it('are read once by every book, and count on', () => {
    const records = new PassingRecords();
    const [one, two, three] = [at(1), at(2), at(3)];
    records.add(one);
    records.add(two);
    expect(bookOf(records).read).toEqual([one, two]);
    records.letGo();
    expect(records.length).toBe(2);
    records.add(three);
    expect(records.length).toBe(3);
    expect(bookOf(records).read).toEqual([one, two, three]);
    expect(bookOf(records).read).toHaveLength(3);
  });

  it('are missed loudly by a book that comes too late', () => {
    const records = new PassingRecords();
    records.add(at(1));
    records.letGo();
    records.add(at(2));
    expect(() => bookOf(records)).toThrow('record 1 is asked for and was let go');
  });
});
