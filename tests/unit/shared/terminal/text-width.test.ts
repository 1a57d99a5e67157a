import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitText, textWidth } from '../../../../src/shared/terminal/text-width.ts';

describe('the width of a text', () => {
  it.each([
    ['', 0],
    ['best 0.5770 (#11)', 17],
    ['███░░ 3/5', 9],
    ['早晨的海', 8],
    ['e\u0301te\u0301', 3],
    ['👩‍🎨 ok', 5],
    ['ﬁ–…·', 4],
  ])('%s: %i columns', (text, columns) => {
    expect(textWidth(text)).toBe(columns);
  });
});

describe('a text that must fit', () => {
  it.each([
    ['exactly six', 11, 'exactly six'],
    ['exactly six', 10, 'exactly s…'],
    ['two words', 5, 'two…'],
    ['早晨的海', 6, '早晨…'],
    ['👩‍🎨👩‍🎨👩‍🎨', 5, '👩‍🎨👩‍🎨…'],
    ['anything', 1, '…'],
  ])('%s in %i columns: %s', (text, columns, expected) => {
    expect(fitText(text, columns)).toBe(expected);
  });

  it('is never wider, and is left alone where it fits', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ' ', '海', 'e\u0301', '👩‍🎨', '█'), maxLength: 30 }),
        fc.integer({ min: 1, max: 40 }),
        (text, columns) => {
          const fitting = fitText(text, columns);
          expect(textWidth(fitting)).toBeLessThanOrEqual(columns);
          expect(fitting === text).toBe(textWidth(text) <= columns);
        },
      ),
    );
  });
});
