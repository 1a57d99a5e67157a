import { describe, expect, it } from 'vitest';
import { reachOf, roundedText } from '../../../src/optimizers/reach.ts';
import { createSpace, holds, type SpaceSettings } from '../../../src/space/space.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';

const planOf = (over: Partial<SpaceSettings> = {}) => ({
  space: createSpace({
    architecture: 'sd1',
    low: 0,
    high: 1,
    intervals: 10,
    blocks: {},
    ...over,
  }),
});
const rest = uniformWeights(0.4, 'sd1');

describe('weights that are asked for', () => {
  it('are brought to the steps of the search, and leave the other blocks as they were', () => {
    const reach = reachOf(planOf(), { IN00: 0.333, OUT11: 0.7 }, rest);
    expect(reach).toMatchObject({ unreachable: [], rounded: [{ block: 'IN00', given: 0.333, used: 0.3 }] });
    expect(reach.weights).toEqual({ ...rest, IN00: 0.3, OUT11: 0.7 });
    expect(roundedText(reach.rounded)).toBe('IN00 0.333 becomes 0.3');
    expect(holds(planOf().space, reach.weights)).toBe(true);
  });

  it('are kept as they are where there are no steps', () => {
    const { weights, rounded } = reachOf(planOf({ intervals: 0 }), { IN00: 0.333 }, rest);
    expect({ IN00: weights['IN00'], rounded }).toEqual({ IN00: 0.333, rounded: [] });
  });

  it('are those of all blocks that share a weight', () => {
    const plan = planOf({ groups: ['IN00,IN01,IN02'] });
    expect(reachOf(plan, { IN01: 0.9 }, rest)).toMatchObject({
      unreachable: [],
      weights: { IN00: 0.9, IN01: 0.9, IN02: 0.9, IN03: 0.4 },
    });
    expect(reachOf(plan, { IN00: 0.2, IN01: 0.8 }, rest).unreachable).toEqual([
      'IN00, IN01, IN02 share one weight: IN00 cannot be 0.2 alone',
      'IN00, IN01, IN02 share one weight: IN01 cannot be 0.8 alone',
    ]);
  });

  it('cannot be had of fixed blocks, outside the bounds, or of blocks that there are not', () => {
    const plan = planOf({ blocks: { IN00: 0.25, OUT00: { low: 0.2, high: 0.6 } } });
    expect(reachOf(plan, { IN00: 0.3, OUT00: 0.1, NONE: 0.5 }, rest).unreachable).toEqual([
      'IN00 is fixed at 0.25, not 0.3',
      'OUT00 is searched from 0.2 to 0.6, not at 0.1',
      'NONE is not a block of this search',
    ]);
    expect(reachOf(plan, { IN00: 0.25, OUT00: 0.2, NONE: 0 }, rest).unreachable).toEqual([]);
  });

  it('lie on the curve, or are refused', () => {
    const plan = planOf({ curve: ['IN=2'], intervals: 0 });
    const straight = Object.fromEntries(
      Array.from({ length: 12 }, (_, n) => [`IN${String(n).padStart(2, '0')}`, (n + 0.5) / 12]),
    );
    expect(reachOf(plan, straight, rest).unreachable).toEqual([]);
    expect(reachOf(plan, { ...straight, IN05: 1 }, rest).unreachable.join()).toMatch(
      /the curve does not pass through IN05 1 \(0\.\d+\)/,
    );
  });
});
