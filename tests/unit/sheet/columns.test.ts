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
const ONE = ALL.map(() => 'p');

describe('the images that a sheet shows', () => {
  it('are all where they have room', () => {
    expect(chosenColumns([merge(ALL)], ALL, { payloads: ONE, most: 6 })).toEqual(ALL);
    expect(chosenColumns([merge(ALL)], [1, 4], { payloads: ONE, most: 6 })).toEqual([1, 4]);
  });

  it('are chosen evenly from the first to the last', () => {
    expect(evenly([...Array.from({ length: 48 }).keys()], 8)).toEqual([0, 7, 13, 20, 27, 34, 40, 47]);
    expect(chosenColumns([merge(ALL)], ALL, { payloads: ONE, most: 2 })).toEqual([0, 5]);
    expect(chosenColumns([merge(ALL)], ALL, { payloads: ONE, most: 1 })).toEqual([0]);
  });

  it('are of all payloads, whatever the order of the set', () => {
    const chosen = (payloads: readonly string[], most: number): string[] =>
      chosenColumns([merge(ALL)], ALL, { payloads, most }).map((c) => `${payloads[c]}${c}`);
    expect(chosen(['a', 'b', 'c', 'a', 'b', 'c'], 4)).toEqual(['a0', 'b1', 'c2', 'a3']);
    expect(chosen(['a', 'b', 'a', 'b', 'a', 'c'], 5)).toEqual(['a0', 'b1', 'b3', 'a4', 'c5']);
    expect(chosen(['a', 'b', 'c', 'a', 'b', 'c'], 2)).toEqual(['a0', 'c2']);
  });

  it('are those that can be compared: of a merge with few images nothing is left out', () => {
    expect(chosenColumns([merge([1, 4]), merge(ALL)], ALL, { payloads: ONE, most: 6 })).toEqual([1, 4]);
    expect(chosenColumns([merge([]), merge([2, 3])], ALL, { payloads: ONE, most: 6 })).toEqual([2, 3]);
  });
});
