import { describe, expect, it } from 'vitest';
import { blocksOf } from '../../../src/space/blocks.ts';
import { parseGroup } from '../../../src/space/groups.ts';
import { createSpace, decode, encode, type SpaceSettings } from '../../../src/space/space.ts';

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

describe('named groups', () => {
  it('are lists and ranges through the UNet', () => {
    expect(parseGroup('in00, IN01,TIME_EMBED', 'sd1')).toEqual(['IN00', 'IN01', 'TIME_EMBED']);
    expect(parseGroup('IN10-OUT01', 'sd1')).toEqual(['IN10', 'IN11', 'M00', 'OUT00', 'OUT01']);
    expect(parseGroup('IN07-M00', 'sdxl')).toEqual(['IN07', 'IN08', 'M00']);
  });

  it('share one weight, and the rest moves alone', () => {
    const space = createSpace(settings({ groups: ['IN00,OUT11', 'IN04-IN08'] }));
    expect(space.dimensions).toHaveLength(27 - 1 - 4);
    expect(space.dimensions[0]?.blocks).toEqual(['IN00', 'OUT11']);
    const point = space.dimensions.map((_, i) => i / 100);
    const weights = decode(space, point);
    expect(weights.OUT11).toBe(weights.IN00);
    expect(
      new Set(['IN04', 'IN05', 'IN06', 'IN07', 'IN08'].map((name) => Reflect.get(weights, name))).size,
    ).toBe(1);
    expect(Object.keys(weights)).toEqual(blocksOf('sd1'));
    encode(space, weights).forEach((value, d) => expect(value).toBeCloseTo(point[d] ?? Number.NaN, 12));
  });

  it.each([
    ['a range of one block alone', 'IN00-IN00', /must name at least two blocks/],
    ['three ends', 'IN00-IN01-IN02', /"IN00-IN01-IN02" is not a range of blocks/],
    [
      'a range from a block of no path',
      'OUT-OUT11',
      /is not a range of blocks; it must go from a block to a later one of IN00, /,
    ],
    ['a pattern that nothing fits', 'X*', /no block of sd1 is called X\*/],
  ])('refuse %s', (_, text, message) => {
    expect(() => parseGroup(text, 'sd1')).toThrow(message);
  });

  it('may have spaces anywhere, and layers of a text encoder as a range', () => {
    expect(parseGroup(' IN00 - IN02 , M00 ', 'sd1')).toEqual(['IN00', 'IN01', 'IN02', 'M00']);
    expect(parseGroup('TE.1-TE.3', 'sd1')).toEqual(['TE.1', 'TE.2', 'TE.3']);
  });

  it('take along what follows one of them', () => {
    const tied = { TIME_EMBED: 'IN00' } as const;
    expect(namesOf({ groups: ['IN00,IN01'], tied })[0]).toBe('IN00+IN01+TIME_EMBED');
    expect(namesOf({ groups: ['TIME_EMBED,IN01'], tied })[0]).toBe('IN00+IN01+TIME_EMBED');
  });

  it('have the bounds of those that have some', () => {
    const bounds = { low: 0.2, high: 0.8 };
    const [first] = createSpace(settings({ groups: ['IN00,IN01'], blocks: { IN01: bounds } })).dimensions;
    expect(first).toMatchObject({ blocks: ['IN00', 'IN01'], ...bounds });
  });

  it.each([
    [
      'an unknown block',
      { groups: ['IN00,IN1'] },
      /--group IN00,IN1: there is no block "IN1" in sd1\. Did you mean/,
    ],
    [
      'a block that SDXL lacks',
      { groups: ['IN00,IN09'], architecture: 'sdxl' as const },
      /no block "IN09" in sdxl/,
    ],
    ['one block', { groups: ['M00'] }, /must name at least two blocks/],
    ['a block twice', { groups: ['IN00-IN02,IN01'] }, /names IN01 twice/],
    ['a range backwards', { groups: ['IN08-IN04'] }, /"IN08-IN04" is not a range of blocks/],
    ['a range to TIME_EMBED', { groups: ['OUT10-TIME_EMBED'] }, /is not a range of blocks/],
    ['a block in two groups', { groups: ['IN00,IN01', 'IN01,IN02'] }, /Block IN01 is in two groups/],
    ['a fixed block', { groups: ['IN00,IN01'], blocks: { IN01: 0.5 } }, /IN01 is fixed by --block/],
    [
      'a block that is off',
      { groups: ['IN00,IN01'], blocks: { IN01: 'off' as const } },
      /IN01 is fixed by --block/,
    ],
    [
      'a block that cannot move',
      { groups: ['IN00,IN01'], pinned: { IN01: 0 } },
      /IN01 cannot be moved .* stays at 0/,
    ],
    [
      'unlike bounds',
      { groups: ['IN00,IN01'], blocks: { IN00: { low: 0, high: 0.5 }, IN01: { low: 0, high: 0.6 } } },
      /IN00 and IN01 share a weight but have different bounds \(0:0\.5 and 0:0\.6\)/,
    ],
  ])('refuse %s', (_, over, message) => {
    expect(() => createSpace(settings(over))).toThrow(message);
  });
});

describe('test grouping', () => {
  it.each([
    [1, 27],
    [2, 6 + 6 + 3],
    [3, 4 + 4 + 3],
    [4, 3 + 3 + 3],
  ])('of %i leaves %i numbers', (testGrouping, dimensions) => {
    expect(namesOf({ testGrouping })).toHaveLength(dimensions);
  });

  it('of more than a side has is one group a side, and a block that is left alone is none', () => {
    expect(namesOf({ testGrouping: 99 })).toHaveLength(2 + 3);
    const [first, second] = namesOf({ testGrouping: 2, blocks: { IN01: 0, IN02: 0 } });
    expect([first, second]).toEqual(['IN00', 'IN03']);
  });

  it('keeps to its side, and leaves M00, OUT and TIME_EMBED alone', () => {
    expect(namesOf({ testGrouping: 4, architecture: 'sdxl' })).toEqual([
      'IN00+IN01+IN02+IN03',
      'IN04+IN05+IN06+IN07',
      'IN08',
      'M00',
      'OUT',
      'OUT00+OUT01+OUT02+OUT03',
      'OUT04+OUT05+OUT06+OUT07',
      'OUT08',
      'TIME_EMBED',
    ]);
  });

  it('leaves out what is fixed and what is in a group of its own', () => {
    const names = namesOf({ testGrouping: 2, blocks: { IN01: 0.5 }, groups: ['IN02,M00'] });
    expect(names.slice(0, 4)).toEqual(['IN00', 'IN02+M00', 'IN03', 'IN04+IN05']);
  });
});

it('blocks that are off stay at their base weight', () => {
  const { fixed } = createSpace(settings({ blocks: { IN00: 'off', OUT: 'off' }, base: { IN00: 0.3 } }));
  expect(fixed).toEqual({ IN00: 0.3, OUT: 0 });
});
