import { describe, expect, it } from 'vitest';
import { chosenColumns, evenly } from '../../../src/sheet/columns.ts';
import type { ShownMerge } from '../../../src/sheet/index.ts';

/** A merge that has these images of six. */
function merge(has: readonly number[]): ShownMerge {
  const images = [0, 1, 2, 3, 4, 5].map((c) => {
    const isThere = has.includes(c);
    return {
      score: isThere ? 0.5 : undefined,
      file: undefined,
      reason: isThere ? 'not kept' : 'not drawn',
    };
  });
  return { name: 'best', trial: 1, score: 0.5, images };
}
const ALL = [0, 1, 2, 3, 4, 5];

describe('the images that a sheet shows', () => {
  it('are all where they have room', () => {
    expect(chosenColumns([merge(ALL)], ALL, 6)).toEqual(ALL);
    expect(chosenColumns([merge(ALL)], [1, 4], 6)).toEqual([1, 4]);
  });

  it('are chosen evenly from the first to the last', () => {
    expect(evenly([...Array.from({ length: 48 }).keys()], 8)).toEqual([0, 7, 13, 20, 27, 34, 40, 47]);
    expect(chosenColumns([merge(ALL)], ALL, 2)).toEqual([0, 5]);
    expect(chosenColumns([merge(ALL)], ALL, 1)).toEqual([0]);
  });

  it('are those that can be compared: of a merge with few images nothing is left out', () => {
    expect(chosenColumns([merge([1, 4]), merge(ALL)], ALL, 6)).toEqual([1, 4]);
    expect(chosenColumns([merge([]), merge([2, 3])], ALL, 6)).toEqual([2, 3]);
  });
});
