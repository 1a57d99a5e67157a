import { array, assert, integer, property, record, option, double } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepPins, pinImages, type PixelGroup } from '../../../src/fleet/pins.ts';
import type { ImageRef } from '../../../src/trial/evaluator.ts';

function order(...counts: readonly number[]): ImageRef[] {
  return counts.flatMap((count, n) =>
    Array.from({ length: count }, (_, index) => ({ request: `cats/${n}`, index })),
  );
}

const ONES = [1, 1, 1, 1, 1, 1, 1, 1];

describe('pins of images to pixel groups', () => {
  it('give one group everything', () => {
    expect(pinImages(order(1, 2, 1), [{ name: 'x', members: 3 }])).toEqual({
      'cats/0': 'x',
      'cats/1': 'x',
      'cats/2': 'x',
    });
  });

  it('take turns between equal groups, so that every beginning of the order is balanced', () => {
    const pins = pinImages(order(...ONES), [
      { name: 'x', members: 1 },
      { name: 'y', members: 1 },
    ]);
    expect(Object.values(pins)).toEqual(['x', 'y', 'x', 'y', 'x', 'y', 'x', 'y']);
  });

  it('follow members and measured seconds', () => {
    const count = (groups: readonly PixelGroup[]): number[] => {
      const pins = Object.values(pinImages(order(...ONES), groups));
      return groups.map(({ name }) => pins.filter((pin) => pin === name).length);
    };
    expect(
      count([
        { name: 'x', members: 3 },
        { name: 'y', members: 1 },
      ]),
    ).toEqual([6, 2]);
    expect(
      count([
        { name: 'x', members: 1, imageSeconds: 3 },
        { name: 'y', members: 1, imageSeconds: 1 },
      ]),
    ).toEqual([2, 6]);
    // A merge that takes as long as all images of the other group does not pay.
    expect(
      count([
        { name: 'x', members: 1, imageSeconds: 1, mergeSeconds: 100 },
        { name: 'y', members: 1, imageSeconds: 1, mergeSeconds: 1 },
      ]),
    ).toEqual([0, 8]);
  });

  it('are those of a list of images: each request once, and no group waits for another longer than one request takes', () => {
    const groups = array(
      record({
        members: integer({ min: 1, max: 4 }),
        imageSeconds: option(double({ min: 0.1, max: 60, noNaN: true }), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    assert(
      property(
        array(integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 }),
        groups,
        (counts, given) => {
          const named = given.map((group, n) => ({ ...group, name: `group${n}` }));
          const pins = pinImages(order(...counts), named);
          expect(Object.keys(pins)).toEqual(counts.map((_, n) => `cats/${n}`));
          const known = named.flatMap(({ imageSeconds }) => imageSeconds ?? []);
          const usual = known.length === 0 ? 1 : known.reduce((sum, one) => sum + one, 0) / known.length;
          const most = Math.max(...counts);
          const loads = named.map(({ name, members, imageSeconds = usual }) => {
            const images = counts
              .filter((_, n) => pins[`cats/${n}`] === name)
              .reduce((sum, one) => sum + one, 0);
            return { load: (images * imageSeconds) / members, more: (most * imageSeconds) / members };
          });
          const longest = Math.max(...loads.map(({ load }) => load));
          for (const { load, more } of loads) expect(load + more + 1e-9).toBeGreaterThanOrEqual(longest);
        },
      ),
    );
  });
});

describe('pins of a run that goes on', () => {
  const images = order(1, 1, 1);
  const recorded = { 'cats/0': 'x', 'cats/1': 'y', 'cats/2': 'x' };

  it('are kept where all groups are there', () => {
    const groups = [
      { name: 'y', members: 1 },
      { name: 'x', members: 4 },
    ];
    expect(keepPins(recorded, images, groups)).toEqual({
      pins: recorded,
      isAnew: false,
      lacking: [],
      unused: [],
    });
  });

  it('are kept for a group that is not there, and a new group gets nothing', () => {
    const groups = [
      { name: 'x', members: 1 },
      { name: 'z', members: 1 },
    ];
    expect(keepPins(recorded, images, groups)).toEqual({
      pins: recorded,
      isAnew: false,
      lacking: ['y'],
      unused: ['z'],
    });
  });

  it('are made anew where no group is there', () => {
    expect(keepPins(recorded, images, [{ name: 'z', members: 1 }])).toEqual({
      pins: { 'cats/0': 'z', 'cats/1': 'z', 'cats/2': 'z' },
      isAnew: true,
      lacking: [],
      unused: [],
    });
  });

  it('of requests that had none go to groups that are known', () => {
    const groups = [
      { name: 'z', members: 9 },
      { name: 'x', members: 1 },
    ];
    expect(keepPins({ 'cats/0': 'x' }, images, groups).pins).toEqual({
      'cats/0': 'x',
      'cats/1': 'x',
      'cats/2': 'x',
    });
  });
});
