import { assert, integer, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitted, isInBundledFont, widthOf } from '../../../src/sheet/lettering.ts';

const ROOM = { width: 100, lines: 2, size: 12 };

describe('text that has to fit', () => {
  it('stays as it is where it has room, and is broken where words end', () => {
    expect(fitted('coast', ROOM)).toEqual(['coast']);
    expect(fitted('a village by the sea', ROOM)).toEqual(['a village by the', 'sea']);
    expect(fitted('village_by-the_sea', ROOM)).toEqual(['village_by-the_', 'sea']);
  });

  it('loses its middle, so that names that differ at an end stay different', () => {
    const [one, other] = ['01', '02'].map((end) => fitted(`${'long name '.repeat(20)}${end}`, ROOM));
    expect(one).toHaveLength(2);
    expect(one?.join('')).toMatch(/^long.*….*01$/);
    expect(one).not.toEqual(other);
  });

  it('always fits, whatever the letters are', () => {
    assert(
      property(
        string({ unit: 'grapheme', maxLength: 200 }),
        integer({ min: 30, max: 400 }),
        integer({ min: 1, max: 3 }),
        (text, width, lines) => {
          const shown = fitted(text, { width, lines, size: 12, bold: true });
          expect(shown.length).toBeLessThanOrEqual(lines);
          for (const line of shown) expect(widthOf(line, 12, true)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  it('holds nothing that a drawing could not', () => {
    expect(fitted('a\u0000b\nc\uD800d\uFFFE', { ...ROOM, width: 500 })).toEqual(['a\\x00b c\uFFFDd\uFFFD']);
  });
});

describe('the bundled font', () => {
  it('has the letters of Europe and no others', () => {
    for (const text of ['Günther – 0.5 · naïve', 'Деревня', 'Χωριό', ''])
      expect(isInBundledFont(text)).toBe(true);
    for (const text of ['海岸', 'قرية', '🌊']) expect(isInBundledFont(text)).toBe(false);
  });
});
