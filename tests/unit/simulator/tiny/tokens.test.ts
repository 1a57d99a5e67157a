import { describe, expect, it } from 'vitest';
import { readSchedule, readVocabulary } from '../../../../src/simulator/worlds/tiny/assets.ts';
import { tokensOf } from '../../../../src/simulator/worlds/tiny/tokens.ts';

const vocabulary = new Map([
  ['red', 8],
  ['big', 5],
  ['circle', 17],
]);
const schedule = { tokens: 6, ids: { padding: 0, start: 2, end: 3 } };
const ids = (prompt: string): number[] => [...tokensOf(prompt, vocabulary, schedule)].map(Number);

describe('tokens of the tiny world', () => {
  it.each([
    ['a BIG red circle, on navy', [2, 5, 8, 17, 3, 0]],
    ['(red:1.2) circle', [2, 8, 17, 3, 0, 0]],
    ['red <lora:big circle:0.5:lbw=1> BREAK circle', [2, 8, 17, 3, 0, 0]],
    ['this', [2, 3, 0, 0, 0, 0]],
    ['', [2, 3, 0, 0, 0, 0]],
    ['red red red red red red red', [2, 8, 8, 8, 8, 3]],
    ['__proto__ constructor', [2, 3, 0, 0, 0, 0]],
  ])('of %j', (prompt, expected) => {
    expect(ids(prompt)).toEqual(expected);
  });

  it('are those of the files in the package', () => {
    const tokens = tokensOf('a huge red disc', readVocabulary(), readSchedule());
    const same = tokensOf('big red circle', readVocabulary(), readSchedule());
    expect(tokens).toEqual(same);
    expect(tokens).toHaveLength(readSchedule().tokens);
  });
});
