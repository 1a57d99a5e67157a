/** The parts of the beliefs in the browser that need no browser. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BeliefStore } from '../../../../src/page/browser/beliefs/belief-store.ts';
import {
  countsOf,
  expectedAt,
  highestOf,
  isWithin,
  partsOf,
  ranked,
  scoresOf,
  shareText,
  shortName,
} from '../../../../src/page/browser/beliefs/figures.ts';
import { noBeliefs } from '../../../../src/page/beliefs/beliefs.ts';
import type { PageBeliefs, PagePoint, PageSlice } from '../../../../src/page/beliefs/state.ts';

const point = (...weights: number[]): PagePoint => ({ trial: 1, score: 1, weights });
const dimension = (low: number, high: number, intervals: number) => ({
  name: 'a',
  blocks: ['a'],
  low,
  high,
  intervals,
});
const slice = (name: string, ...values: number[]): PageSlice => ({
  name,
  curve: values.map((value, i) => ({ weight: i / 10, score: { value, low: value - 1, high: value + 1 } })),
  near: [],
});
const total = { value: 0.5, low: 0.1, high: 0.9 };

describe('figures', () => {
  it('name groups by their ends, and leave other names as they are', () => {
    expect(shortName('IN00+IN01', ['IN00', 'IN01'])).toBe('IN00+IN01');
    expect(shortName('IN00+IN01+IN02+IN03', ['IN00', 'IN01', 'IN02', 'IN03'])).toBe('IN00 … IN03 (4)');
    expect(shortName('a_single_block_with_a_long_name', ['x'])).toBe('a_single_block_with_a_long_name');
  });

  it('say shares in percent', () => {
    expect(shareText({ value: 0.124, low: 0.03, high: 0.251 })).toBe('12 % (3 to 25)');
  });

  it('have the most important slices first, and those without importance behind them in their order', () => {
    const beliefs: PageBeliefs = {
      ...noBeliefs(''),
      slices: [slice('a', 1), slice('b', 1), slice('c', 1), slice('d', 1)],
      importance: [{ name: 'c', blocks: ['c'], total, first: total }],
    };
    expect(ranked(beliefs).map(({ slice: { name }, d }) => [name, d])).toEqual([
      ['c', 2],
      ['a', 0],
      ['b', 1],
      ['d', 3],
    ]);
  });

  it('know the highest of a curve, and what is between two of its weights', () => {
    const curve = slice('a', 1, 3, 2);
    expect(highestOf(curve)?.weight).toBe(0.1);
    expect(expectedAt(curve, 0.05)).toBeCloseTo(2);
    expect(expectedAt(curve, -1)).toBe(1);
    expect(expectedAt(curve, 9)).toBe(2);
    expect(expectedAt(slice('a'), 0)).toBeUndefined();
  });

  it('cut off bands that are far out, and never curves or dots', () => {
    const wide = Array.from({ length: 20 }, (_, i) => ({
      weight: i,
      score: { value: 1, low: i === 0 ? -1e9 : 0.5, high: 1.5 },
    }));
    const scores = scoresOf([{ name: 'a', curve: wide, near: [{ trial: 1, weight: 0, score: -3 }] }]);
    expect(Math.min(...scores)).toBe(-3);
    expect(Math.max(...scores)).toBe(1.5);
    expect(scoresOf([])).toEqual([]);
  });
});

describe('where it has looked', () => {
  it('is counted at every step of the search where they are few', () => {
    const points = [point(0), point(0.1), point(0.1), point(1)];
    expect(countsOf(points, 0, dimension(0, 1, 10))).toEqual([1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it('is counted in equal parts otherwise, the upper bound in the last', () => {
    expect(partsOf(dimension(0, 1, 0))).toBe(24);
    expect(partsOf(dimension(0, 1, 100))).toBe(24);
    expect(countsOf([point(-0.5), point(0.5), point(1.5)], 0, dimension(-0.5, 1.5, 0), 4)).toEqual([
      1, 0, 1, 1,
    ]);
  });

  it('counts every iteration once, wherever it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { maxLength: 40 }),
        fc.integer({ min: 0, max: 40 }),
        (weights, intervals) => {
          const counts = countsOf(
            weights.map((weight) => point(weight)),
            0,
            dimension(-1, 2, intervals),
          );
          expect(counts.reduce((sum, count) => sum + count, 0)).toBe(weights.length);
        },
      ),
    );
  });
});

it('a line goes through all ranges or is faded, ends included', () => {
  const ranges = new Map([
    [0, { from: 0.1, to: 0.3 }],
    [1, { from: 0, to: 1 }],
  ]);
  expect(isWithin(point(0.3, 1), ranges)).toBe(true);
  expect(isWithin(point(0.1 + 0.2, 1), ranges)).toBe(true);
  expect(isWithin(point(0.31, 1), ranges)).toBe(false);
  expect(isWithin(point(0.2, -0.1), ranges)).toBe(false);
  expect(isWithin(point(7, 7), new Map())).toBe(true);
});

/** What is asked is answered by hand, and time goes on when it is told to. */
function storeOf() {
  const waiting: {
    readonly resolve: (beliefs: PageBeliefs) => void;
    readonly reject: (error: Error) => void;
  }[] = [];
  let now = 0;
  let timer: { readonly at: number; readonly callback: () => void } | undefined;
  const store = new BeliefStore({
    ask: async () => new Promise((resolve, reject) => waiting.push({ resolve, reject })),
    now: () => now,
    later: (callback, milliseconds) => {
      timer = { at: now + milliseconds, callback };
      return () => {
        timer = undefined;
      };
    },
  });
  let told = 0;
  const stop = store.listen(() => told++);
  return {
    store,
    waiting,
    stop,
    told: () => told,
    isTimed: () => timer !== undefined,
    pass: (milliseconds: number): void => {
      now += milliseconds;
      if (timer !== undefined && timer.at <= now) {
        const { callback } = timer;
        timer = undefined;
        callback();
      }
    },
    answer: async (trials: number, isOld = false): Promise<void> => {
      waiting.shift()?.resolve({ ...noBeliefs(''), trials, isOld });
      await new Promise((resolve) => setTimeout(resolve));
    },
    fail: async (): Promise<void> => {
      waiting.shift()?.reject(new Error('gone'));
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

describe('beliefs that a page shows', () => {
  it('are asked for once, whoever wants them', async () => {
    const { store, waiting, answer, told } = storeOf();
    store.want(10);
    store.want(10);
    expect(waiting).toHaveLength(1);
    await answer(10);
    expect(store.beliefs?.trials).toBe(10);
    expect(told()).toBe(1);
    store.want(10);
    expect(waiting).toHaveLength(0);
  });

  it('are asked for again when a tenth is new, and after half a minute when less is', async () => {
    const { store, waiting, answer, pass } = storeOf();
    store.want(40);
    await answer(40);
    store.want(43);
    pass(29_000);
    expect(waiting).toHaveLength(0);
    pass(1000);
    expect(waiting).toHaveLength(1);
    await answer(43);
    store.want(48);
    expect(waiting).toHaveLength(1);
    await answer(48);
    store.want(1);
    expect(waiting).toHaveLength(1);
  });

  it('are asked for one at a time: what is new meanwhile comes after it', async () => {
    const { store, waiting, answer } = storeOf();
    store.want(10);
    store.want(20);
    expect(waiting).toHaveLength(1);
    await answer(10);
    expect(waiting).toHaveLength(1);
    await answer(20);
    expect(waiting).toHaveLength(0);
  });

  it('are asked for again where the server had old ones only, and where it did not answer', async () => {
    const { store, waiting, answer, fail, pass } = storeOf();
    store.want(10);
    await fail();
    expect(waiting).toHaveLength(0);
    pass(30_000);
    await answer(8, true);
    expect(store.beliefs?.trials).toBe(8);
    pass(30_000);
    expect(waiting).toHaveLength(1);
    await fail();
    expect(store.beliefs?.trials).toBe(8);
    pass(30_000);
    await answer(10);
    expect(store.beliefs?.trials).toBe(10);
  });

  it('are not asked for when nobody looks any more', async () => {
    const { store, answer, stop, isTimed } = storeOf();
    store.want(40);
    await answer(40);
    store.want(41);
    expect(isTimed()).toBe(true);
    stop();
    expect(isTimed()).toBe(false);
  });
});
