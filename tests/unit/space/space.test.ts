import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSpace, decode, encode, holds, type SpaceSettings } from '../../../src/space/space.ts';

const plain: SpaceSettings = { architecture: 'sd1', low: 0, high: 1, intervals: 10, blocks: {} };

describe('space', () => {
  it('has a dimension for every block of the architecture', () => {
    expect(createSpace(plain).dimensions).toHaveLength(27);
    expect(createSpace({ ...plain, architecture: 'sdxl' }).dimensions).toHaveLength(21);
  });

  it('fixes, clamps and ties blocks', () => {
    const space = createSpace({
      ...plain,
      blocks: { OUT: 0.3, IN00: { low: 0.2, high: 0.8 } },
      tied: { TIME_EMBED: 'IN00' },
    });
    expect(space.dimensions).toHaveLength(25);
    expect(space.fixed).toEqual({ OUT: 0.3 });
    expect(space.dimensions[0]).toEqual({
      name: 'IN00+TIME_EMBED',
      blocks: ['IN00', 'TIME_EMBED'],
      low: 0.2,
      high: 0.8,
      intervals: 10,
    });
    const weights = decode(space, [0.5, ...Array.from({ length: 24 }, () => 1)]);
    expect(weights).toMatchObject({ IN00: 0.5, TIME_EMBED: 0.5, OUT: 0.3, OUT11: 1 });
    expect(Object.keys(weights)).toHaveLength(27);
  });

  it('names weights in search order, so that equal weights are equal as text', () => {
    const space = createSpace({ ...plain, blocks: { IN00: 0 } });
    const weights = decode(
      space,
      Array.from({ length: 26 }, () => 0.5),
    );
    expect(Object.keys(weights)[0]).toBe('IN00');
    expect(Object.keys(weights)[13]).toBe('OUT');
  });

  it('decode and encode are inverse inside the bounds', () => {
    const space = createSpace({ ...plain, low: -1, high: 2, blocks: { M00: 1 } });
    fc.assert(
      fc.property(
        fc.array(
          fc.double({ min: -1, max: 2, noNaN: true }).map((x) => x + 0),
          { minLength: 26, maxLength: 26 },
        ),
        (point) => {
          expect(encode(space, decode(space, point))).toEqual(point);
        },
      ),
    );
  });

  it('encode brings outside weights to the bounds and puts unknown blocks in the middle', () => {
    const point = encode(createSpace(plain), { IN00: 7, IN01: -3 });
    expect(point.slice(0, 3)).toEqual([1, 0, 0.5]);
  });

  it.each([
    [{ ...plain, blocks: { IN00: { low: 0.8, high: 0.2 } } }, /IN00, 0.8, is above its upper bound, 0.2/],
    [{ ...plain, architecture: 'sdxl' as const, blocks: { IN09: 0 } }, /IN09 does not exist in sdxl/],
    [{ ...plain, high: 2, range: { low: 0, high: 1 } }, /weights from 0 to 1 only/],
  ])('refuses what makes no space', (settings, message) => {
    expect(() => createSpace(settings)).toThrow(message);
  });
});

it('bounds may be just those of the backend, and a block of equal bounds is fixed', () => {
  const range = { low: 0, high: 1 };
  expect(createSpace({ ...plain, range }).dimensions).toHaveLength(27);
  expect(() => createSpace({ ...plain, low: -0.1, range })).toThrow(/weights from 0 to 1 only/);
  const { fixed } = createSpace({ ...plain, range, blocks: { IN00: { low: 0.5, high: 0.5 } } });
  expect(fixed).toEqual({ IN00: 0.5 });
});

it('points of another length are refused', () => {
  expect(() => decode(createSpace(plain), [0.5])).toThrow('a point of this space has 27 numbers, not 1');
});

it('holds the weights of its points, and no others', () => {
  const space = createSpace({ ...plain, blocks: { OUT: 0.3 } });
  const weights = decode(
    space,
    Array.from({ length: 26 }, (_, i) => i / 26),
  );
  expect(holds(space, weights)).toBe(true);
  expect(holds(space, { ...weights, OUT: 0.4 })).toBe(false);
  expect(holds(space, { ...weights, IN00: 1.5 })).toBe(false);
  expect(holds(space, { ...weights, VAE: 0.5 })).toBe(false);
  expect(holds(space, { ...weights, VAE: 0 })).toBe(true);
});

it('a group is the mean of the weights of its blocks', () => {
  const space = createSpace({ ...plain, groups: ['IN00,IN01'] });
  expect(encode(space, { IN00: 0.2, IN01: 0.4 })[0]).toBeCloseTo(0.3, 12);
  expect(encode(space, { IN00: 0.2 })[0]).toBeCloseTo(0.35, 12);
});

describe('what the backend cannot move', () => {
  const settings = { architecture: 'sd1', low: 0, high: 1, intervals: 10 } as const;
  const limits = { tied: { OUT: 'OUT11' }, pinned: { IN00: 0 } } as const;

  it('stands still or follows', () => {
    const space = createSpace({ ...settings, blocks: {}, ...limits });
    expect(space.dimensions).toHaveLength(25);
    expect(space.fixed).toEqual({ IN00: 0 });
    const weights = decode(
      space,
      space.dimensions.map((_, i) => i / 100),
    );
    expect(weights.OUT).toBe(weights.OUT11);
    expect(weights.IN00).toBe(0);
  });

  it.each([
    ['OUT', 'Block OUT follows OUT11 in this backend: set OUT11 instead'],
    ['IN00', 'Block IN00 cannot be changed by this backend and stays at 0'],
  ])('and is not to be set: %s', (block, message) => {
    expect(() => createSpace({ ...settings, blocks: { [block]: 0.5 }, ...limits })).toThrow(message);
  });
});
