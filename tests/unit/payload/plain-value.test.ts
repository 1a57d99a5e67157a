/** What a payload may hold, whoever made it. */
import { describe, expect, it } from 'vitest';
import { MAX_DEPTH, plainValue } from '../../../src/payload/formats/plain-value.ts';

/** A list in a list in a list … */
function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)];
}

describe('a payload', () => {
  it('is copied value by value, without what is not said', () => {
    const raw = { a: [1, -0, 'é', true, null], b: { c: undefined, d: 2n }, e: Object.create(null) as object };
    const copy = plainValue(raw);
    expect(copy).toStrictEqual({ a: [1, 0, 'é', true, null], b: { d: 2 }, e: {} });
    expect(Object.is((copy as { a: unknown[] }).a[1], 0)).toBe(true);
  });

  it.each([
    ['a date', { a: new Date(0) }, '"a": it is a date (put it in quotes to send it as a text)'],
    ['binary data', { a: [new Uint8Array(1)] }, '"a[0]": it is binary data'],
    ['a function', { a: { b: () => 1 } }, '"a.b": it is of the kind function'],
    ['a symbol', { a: Symbol('x') }, '"a": it is of the kind symbol'],
    ['a map', { a: new Map() }, '"a": it is not a plain object'],
    ['NaN', { a: Number.NaN }, '"a": NaN is a number that cannot be sent'],
    ['infinity', { a: Number.NEGATIVE_INFINITY }, '"a": -Infinity is a number that cannot be sent'],
    ['a large number', { a: 2 ** 53 }, '"a": 9007199254740992 is beyond ±9007199254740991'],
    ['a large negative number', { a: -(2n ** 53n) }, '"a": -9007199254740992 is beyond'],
    ['half a character', { a: '\uD800' }, '"a": it contains half a character'],
    ['half a character in a name', { '\uD800': 1 }, 'it contains half a character'],
    ['a value within a list', [[1, { a: [Number.NaN] }]], '"[0][1].a[0]": NaN is a number'],
  ])('holds no %s', (_, raw, message) => {
    expect(() => plainValue(raw)).toThrow(message);
  });

  it('that is itself what cannot be sent has no name to tell', () => {
    expect(() => plainValue(Symbol('x'))).toThrow(/^it is of the kind symbol, which a request cannot carry$/);
    expect(() => plainValue(undefined)).toThrow(/^it is of the kind undefined/);
  });

  it('holds the largest numbers that are exact', () => {
    for (const number of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])
      expect(plainValue({ a: number })).toEqual({ a: number });
  });

  it('is nested just so deep, and holds just so many values', () => {
    expect(plainValue(nested(MAX_DEPTH))).toEqual(nested(MAX_DEPTH));
    expect(() => plainValue(nested(MAX_DEPTH + 1))).toThrow(`it is nested more than ${MAX_DEPTH} deep`);
    const many = Array.from({ length: 1000 }, () => 1);
    // With the lists themselves and the outer one a million values.
    const most = Array.from({ length: 998 }, () => many);
    expect(() => plainValue([...most, many.slice(0, 999)])).not.toThrow();
    expect(() => plainValue([...most, many, many])).toThrow('it contains more than 1000000 values');
  });

  it('says where a value stands in its file, where that is known', () => {
    const placeOf = (path: readonly (string | number)[]): string => `at ${path.join('/')}`;
    expect(() => plainValue({ a: [{ b: Number.NaN }] }, placeOf)).toThrow(
      expect.objectContaining({ place: 'at a/0/b' }),
    );
  });
});
