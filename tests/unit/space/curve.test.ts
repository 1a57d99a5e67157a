import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArchitectureRow } from '../../../src/architectures/architecture.ts';
import { architectureRow, blocksOf, registerArchitecture } from '../../../src/architectures/registry.ts';
import { CURVE_SHAPES } from '../../../src/space/curve.ts';
import { missedMost } from '../../../src/space/off-curve.ts';
import { createSpace, decode, encode, holds, type SpaceSettings } from '../../../src/space/space.ts';

const DOUBLE = Array.from({ length: 19 }, (_, n) => `double_blocks.${n}`);
const SINGLE = Array.from({ length: 38 }, (_, n) => `single_blocks.${n}`);
const REFINER = ['refiner.0', 'refiner.1'];

/** With as many blocks as the large families of today have. */
const deep: ArchitectureRow = {
  ...architectureRow('sdxl'),
  id: 'deep',
  blocks: [...REFINER, ...DOUBLE, ...SINGLE],
  optionalBlocks: [],
  path: [...REFINER, ...DOUBLE, ...SINGLE],
  sides: [REFINER, DOUBLE, SINGLE],
};

let unregister: () => void;
beforeAll(() => {
  unregister = registerArchitecture(deep);
});
afterAll(() => unregister());

const settings = (over: Partial<SpaceSettings> = {}): SpaceSettings => ({
  architecture: 'sd1',
  low: 0,
  high: 1,
  intervals: 10,
  blocks: {},
  ...over,
});

const namesOf = (over: Partial<SpaceSettings>): string[] =>
  createSpace(settings(over)).dimensions.map(({ name }) => name);

describe('a space with curves', () => {
  it('has the knots as numbers, where the blocks were', () => {
    const names = namesOf({ architecture: 'sdxl', curve: ['IN=4', 'OUT=3'] });
    expect(names).toEqual([
      'IN@0',
      'IN@0.333',
      'IN@0.667',
      'IN@1',
      'M00',
      'OUT',
      'OUT@0',
      'OUT@0.5',
      'OUT@1',
      'TIME_EMBED',
    ]);
    expect(namesOf({ architecture: 'sdxl', curve: ['4', 'out=3'] })).toEqual(names);
    expect(namesOf({ curve: ['IN=2'] })).toHaveLength(27 - 12 + 2);
  });

  it('covers every block once, and names those that are nearest to a knot', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('sd1', 'sdxl', 'deep'),
        fc.integer({ min: 1, max: 40 }),
        (architecture, knots) => {
          const { dimensions } = createSpace(settings({ architecture, curve: [`${knots}`] }));
          const blocks = dimensions.flatMap((dimension) => dimension.blocks);
          expect(dimensions.every((dimension) => dimension.blocks.length > 0)).toBe(true);
          expect(blocks.toSorted()).toEqual([...blocksOf(architecture)].toSorted());
        },
      ),
    );
    const { dimensions } = createSpace(settings({ curve: ['IN=3'] }));
    expect(dimensions[1]?.blocks).toEqual(['IN03', 'IN04', 'IN05', 'IN06', 'IN07', 'IN08']);
  });

  it('suits rows of many blocks, and leaves short ones as they are', () => {
    const space = createSpace(settings({ architecture: 'deep', curve: ['5', 'double_blocks=3'] }));
    expect(space.dimensions.map(({ name }) => name)).toEqual([
      'refiner.0',
      'refiner.1',
      'double_blocks@0',
      'double_blocks@0.5',
      'double_blocks@1',
      'single_blocks@0',
      'single_blocks@0.25',
      'single_blocks@0.5',
      'single_blocks@0.75',
      'single_blocks@1',
    ]);
    const weights = decode(space, [0.1, 0.2, 0, 0.9, 0, 1, 1, 1, 0, 1]);
    expect(weights).toMatchObject({
      'refiner.1': 0.2,
      'double_blocks.1': 0.1,
      'double_blocks.9': 0.9,
      'double_blocks.18': 0,
      'single_blocks.36': 0.891892,
    });
    expect(Object.keys(weights)).toEqual(blocksOf('deep'));
    expect(namesOf({ architecture: 'deep', testGrouping: 10 })).toHaveLength(1 + 2 + 4);
  });

  it('groups the neighbours of the other rows', () => {
    expect(namesOf({ architecture: 'sdxl', curve: ['IN=2'], testGrouping: 3 })).toEqual([
      'IN@0',
      'IN@1',
      'M00',
      'OUT',
      'OUT00+OUT01+OUT02',
      'OUT03+OUT04+OUT05',
      'OUT06+OUT07+OUT08',
      'TIME_EMBED',
    ]);
  });

  it('leaves out blocks with a weight, bounds or a group of their own, and those that cannot move', () => {
    const space = createSpace(
      settings({
        curve: ['IN=2'],
        blocks: { IN00: 0.5, IN01: { low: 0.2, high: 0.3 }, IN05: 'off' },
        groups: ['IN02,M00'],
        pinned: { IN03: 0 },
        tied: { IN04: 'IN06', TIME_EMBED: 'IN07' },
      }),
    );
    expect(space.dimensions.slice(0, 4).map(({ name }) => name)).toEqual([
      'IN01',
      'IN02+M00',
      'IN@0',
      'IN@1',
    ]);
    expect(space.curves?.[0]?.blocks).toEqual([
      ['IN04', 'IN06'],
      ['IN07', 'TIME_EMBED'],
      ['IN08'],
      ['IN09'],
      ['IN10'],
      ['IN11'],
    ]);
    const weights = decode(space, [0.25, 1, 0, 1, ...space.dimensions.slice(4).map(() => 0)]);
    expect(weights).toMatchObject({
      IN00: 0.5,
      IN01: 0.25,
      IN02: 1,
      IN03: 0,
      IN04: 0,
      IN05: 0,
      IN06: 0,
      IN07: 0.2,
      IN08: 0.4,
      IN11: 1,
      TIME_EMBED: 0.2,
    });
  });

  it.each(CURVE_SHAPES)('%s: weights stay within the bounds, in every bit', (curveShape) => {
    const bounds = fc.tuple(
      fc.double({ min: -1, max: 2, noNaN: true }),
      fc.double({ min: -1, max: 2, noNaN: true }),
    );
    fc.assert(
      fc.property(bounds, fc.infiniteStream(fc.boolean()), (pair, stream) => {
        const [low = 0, high = 1] = pair.toSorted((a, b) => a - b);
        const space = createSpace(settings({ low, high, intervals: 0, curve: ['4'], curveShape }));
        const ends = space.dimensions.map((one) => (stream.next().value === true ? one.low : one.high));
        const weights = Object.values(decode(space, ends));
        expect(weights.every((weight) => weight >= low && weight <= high)).toBe(true);
      }),
    );
  });

  it.each(CURVE_SHAPES)('%s: decode and encode are inverse', (curveShape) => {
    const over = { architecture: 'deep', curve: ['6'], curveShape, low: -1, high: 2 };
    const space = createSpace(settings(over));
    const { length } = space.dimensions;
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 2, noNaN: true }), { minLength: length, maxLength: length }),
        (point) => {
          encode(space, decode(space, point)).forEach((value, d) =>
            expect(value).toBeCloseTo(point[d] ?? Number.NaN, 4),
          );
          expect(holds(space, decode(space, point))).toBe(true);
        },
      ),
    );
  });

  it.each(CURVE_SHAPES)('%s holds what lies on it, and says what it misses most', (curveShape) => {
    const space = createSpace(settings({ curve: ['3'], curveShape }));
    for (const weight of [0, 0.5, 1]) {
      const uniform = Object.fromEntries(blocksOf('sd1').map((name) => [name, weight]));
      expect(holds(space, uniform)).toBe(true);
      expect(missedMost(space, uniform)).toBeUndefined();
    }
    const flat = Object.fromEntries(blocksOf('sd1').map((name) => [name, 0.5]));
    const bent = { ...flat, IN07: 1, M00: 0.9 };
    expect(holds(space, bent)).toBe(false);
    expect(missedMost(space, bent)).toMatchObject({ block: 'IN07', given: 1 });
    expect(missedMost(createSpace(settings()), bent)).toBeUndefined();
  });

  it('may have as many knots as blocks where a row is named, and then is what it was', () => {
    const space = createSpace(settings({ architecture: 'sdxl', curve: [' IN = 9 '] }));
    expect(space.dimensions.filter(({ knot }) => knot !== undefined)).toHaveLength(9);
    expect(space.dimensions[3]?.blocks).toEqual(['IN03']);
    expect(namesOf({ architecture: 'sdxl', curve: ['9'] })).toContain('IN03');
  });

  it('of one knot has one weight for all', () => {
    const space = createSpace(settings({ curve: ['IN=1'] }));
    const weights = decode(space, [0.7, ...space.dimensions.slice(1).map(() => 0)]);
    expect(weights).toMatchObject({ IN00: 0.7, IN11: 0.7, M00: 0 });
  });

  it.each([
    ['no number', { curve: ['IN='] }, /--curve IN=: it must be a number of knots above 0/],
    ['no knots', { curve: ['IN=0'] }, /above 0/],
    ['a number behind something else', { curve: ['IN=x3'] }, /above 0/],
    ['something behind a number', { curve: ['3x'] }, /above 0/],
    ['too many digits', { curve: ['12345'] }, /above 0/],
    ['an unknown row', { curve: ['INN=3'] }, /the block rows of sd1 are IN, OUT\. Did you mean/],
    [
      'a row twice',
      { curve: ['IN=3', 'in=4'] },
      /--curve in=4: --curve IN=3 already sets the number of knots/,
    ],
    ['two numbers for all', { curve: ['3', '4'] }, /--curve 4: --curve 3 says how many/],
    ['more knots than blocks', { curve: ['IN=10'], architecture: 'sdxl' }, /IN has 9 blocks for a curve/],
    [
      'bounds that the backend lacks',
      { curve: ['3'], high: 2, range: { low: 0, high: 1 } },
      /IN may go from 0 to 2/,
    ],
  ])('refuses %s', (_, over, message) => {
    expect(() => createSpace(settings(over))).toThrow(message);
  });
});
