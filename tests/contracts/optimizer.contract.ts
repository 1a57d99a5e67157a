/** What every optimizer of the registry must do. A new one gets all of this by having its line in the registry. */
import { describe, expect, it } from 'vitest';
import { createOptimizer } from '../../src/optimizers/index.ts';
import type { Asked, Dimension, Optimizer } from '../../src/optimizers/index.ts';
import { IS_NIGHTLY } from '../setup/settings.ts';

type Objective = (values: readonly number[]) => number;

const MIXED: readonly Dimension[] = [
  { name: 'coarse', low: 0, high: 1, intervals: 10 },
  { name: 'fixed', low: 0.3, high: 0.3, intervals: 10 },
  { name: 'wide', low: -1, high: 2, intervals: 20 },
  { name: 'continuous', low: 0.25, high: 0.75, intervals: 0 },
  { name: 'odd', low: 0.1, high: 0.8, intervals: 7 },
];

/**
 * Those that share their arithmetic with another one: hard scores reach it by day through that one, and through each of
 * these at night. A new optimizer is tried by day until it is listed here.
 */
const TRIED_BY_DAY_THROUGH: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'simulated-annealing': [
      'hill-climbing',
      'random-annealing',
      'random-restart-hill-climbing',
      'repulsing-hill-climbing',
      'stochastic-hill-climbing',
    ],
    'powells-method': ['pattern-search'],
    'evolution-strategy': ['genetic', 'parallel-tempering'],
    random: ['grid-search'],
  }).flatMap(([relative, names]) => names.map((name) => [name, relative])),
);

export function optimizerContract(name: string): void {
  const create = (dimensions: readonly Dimension[], seed = 1): Optimizer =>
    createOptimizer(name, { space: { dimensions }, seed });

  describe(`${name}: points`, () => {
    it('stay within bounds and on the grid, with 8 decimals, fixed dimensions at their value', () => {
      for (const { values } of run(create(MIXED), sphere(MIXED), 30)) {
        expect(values).toHaveLength(MIXED.length);
        for (const [d, { low, high }] of MIXED.entries()) {
          const value = values[d] ?? Number.NaN;
          expect(value).toBeGreaterThanOrEqual(low);
          expect(value).toBeLessThanOrEqual(high);
        }
        for (const [d, { low, high, intervals }] of [...MIXED.entries()].filter(
          ([, { intervals }]) => intervals > 0,
        )) {
          expect(gridValues(low, high, intervals)).toContain(values[d]);
        }
      }
    });

    it('are whole numbers and words where the space has such, and get to the best of them', () => {
      const dimensions: readonly Dimension[] = [
        { name: 'whole', low: 2, high: 6, intervals: 4 },
        { name: 'word', low: 0, high: 3, intervals: 3, kind: 'choice' },
        { name: 'number', low: 0, high: 1, intervals: 4 },
      ];
      const worth = [0.1, 1, 0.2, 0];
      const score: Objective = ([whole = 0, word = 0, number = 0]) =>
        (worth[word] ?? Number.NaN) - Math.abs(whole - 5) / 4 - Math.abs(number - 0.5);
      const optimizer = create(dimensions);
      for (const { values } of run(optimizer, score, 60)) {
        for (const [d, { low, high, intervals }] of dimensions.entries())
          expect(gridValues(low, high, intervals)).toContain(values[d]);
      }
      // A random search of 60 of the 100 points gets so far nearly always.
      expect(optimizer.best()?.observed).toBeGreaterThan(0.4);
    });

    it('exist where nothing moves', () => {
      const optimizer = create([{ name: 'fixed', low: 0.5, high: 0.5, intervals: 10 }]);
      for (let i = 0; i < 3; i++) {
        const { id, values } = optimizer.ask();
        expect(values).toEqual([0.5]);
        optimizer.tell(id, 1);
      }
      expect(optimizer.best()?.values).toEqual([0.5]);
    });

    it('exist in a space without dimensions', () => {
      const optimizer = create([]);
      const { id, values } = optimizer.ask();
      expect(values).toEqual([]);
      optimizer.tell(id, 0.2);
      expect(optimizer.best()).toMatchObject({ values: [], observed: 0.2 });
      expect(optimizer.ask().values).toEqual([]);
    });

    it('go on when the grid is exhausted', () => {
      const tiny = cube(2, 1);
      expect(run(create(tiny), sphere(tiny), 10)).toHaveLength(10);
    });

    it('work in one dimension and in 40', () => {
      for (const size of [1, 40]) {
        const dimensions = cube(size, 10);
        expect(run(create(dimensions), sphere(dimensions), 15)).toHaveLength(15);
      }
    });
  });

  describe(`${name}: asking and telling`, () => {
    it('counts asks from 1, several open at once, told in any order', () => {
      const optimizer = create(cube(4, 10));
      const open = [optimizer.ask(), optimizer.ask(), optimizer.ask(), optimizer.ask()];
      expect(open.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
      for (const { id, values } of open.toReversed()) optimizer.tell(id, sphere(cube(4, 10))(values));
      expect(optimizer.ask().id).toBe(5);
    });

    it('refuses ids that are not open and scores that are no numbers, and stays as it was', () => {
      const optimizer = create(cube(3, 10));
      const { id } = optimizer.ask();
      expect(() => optimizer.tell(id + 1, 1)).toThrow(RangeError);
      for (const score of [Number.NaN, Infinity, -Infinity]) {
        expect(() => optimizer.tell(id, score)).toThrow(TypeError);
        expect(() => optimizer.tell(id, { score })).toThrow(TypeError);
        expect(() => optimizer.learn([0, 0, 0], score)).toThrow(TypeError);
      }
      expect(() => optimizer.tell(id, { score: 1, variance: -1 })).toThrow(TypeError);
      expect(optimizer.best()).toBeUndefined();
      optimizer.tell(id, 1);
      expect(() => optimizer.tell(id, 1)).toThrow(RangeError);
    });

    it('never changes what it is given', () => {
      const dimensions = Object.freeze(cube(3, 10).map((dimension) => Object.freeze(dimension)));
      const optimizer = createOptimizer(
        name,
        Object.freeze({ space: Object.freeze({ dimensions }), seed: 1 }),
      );
      const queued = Object.freeze([0.11, 0.52, 0.93]);
      optimizer.enqueue(queued);
      optimizer.learn(queued, 0.1);
      const asked = optimizer.ask();
      const values = [...asked.values];
      optimizer.tell(asked.id, Object.freeze({ score: 0.3, variance: 0.01 }));
      optimizer.ask();
      expect(asked.values).toEqual(values);
    });

    it('asks queued points first, snapped and clipped to the grid, in their order', () => {
      const optimizer = create(cube(2, 10));
      optimizer.enqueue([0.31, 0.99]);
      optimizer.enqueue([-4, 7]);
      expect(optimizer.ask()).toEqual({ id: 1, values: [0.3, 1], origin: 'queued' });
      expect(optimizer.ask()).toEqual({ id: 2, values: [0, 1], origin: 'queued' });
      expect(optimizer.ask().origin).toBe('optimizer');
    });

    it('refuses points of another length', () => {
      const optimizer = create(cube(2, 10));
      expect(() => optimizer.enqueue([0.5])).toThrow(RangeError);
      expect(() => optimizer.learn([0.5, 0.5, 0.5], 1)).toThrow(RangeError);
    });
  });

  describe(`${name}: determinism`, () => {
    it('gives the same run for the same seed, another one for another', () => {
      const [first, again, other] = [7, 7, -(2 ** 40)].map((seed) =>
        run(create(MIXED, seed), sphere(MIXED), 25).map(({ values }) => values),
      );
      expect(again).toEqual(first);
      expect(other).not.toEqual(first);
    });

    it('continues after a replay as if it had never stopped: failures, queue, learnt data, open asks', () => {
      const script = (optimizer: Optimizer): Asked[] => {
        const asked: Asked[] = [];
        optimizer.learn([0.2, 0.3, 0.5, 0.4, 0.6], 0.4);
        optimizer.enqueue([0.5, 0.3, 0.5, 0.5, 0.5]);
        for (let i = 0; i < 24; i++) {
          asked.push(optimizer.ask());
          const due = asked[i - 2];
          if (due === undefined) continue;
          if (i % 5 === 0) optimizer.tell(due.id, 'failed');
          else if (i % 7 === 0) optimizer.tell(due.id, { score: sphere(MIXED)(due.values), variance: 0.01 });
          else optimizer.tell(due.id, sphere(MIXED)(due.values));
          if (i % 3 === 0) optimizer.best();
        }
        return asked;
      };
      const left = create(MIXED, 3);
      const right = create(MIXED, 3);
      expect(script(right)).toEqual(script(left));
      expect(right.ask()).toEqual(left.ask());
      expect(right.best()).toEqual(left.best());
    });

    it('does not depend on whether anyone looked at the best', () => {
      const quiet = run(create(MIXED), sphere(MIXED), 20);
      const curious = create(MIXED);
      const seen = Array.from({ length: 20 }, () => {
        curious.best();
        const asked = curious.ask();
        curious.tell(asked.id, sphere(MIXED)(asked.values));
        return asked;
      });
      expect(seen).toEqual(quiet);
    });
  });

  describe(`${name}: hard outcomes`, () => {
    it('goes on when everything fails, never at the same place while others are left', () => {
      const optimizer = create(cube(2, 2));
      const places = new Set<string>();
      for (let i = 0; i < 9; i++) {
        const { id, values } = optimizer.ask();
        places.add(values.join());
        optimizer.tell(id, 'failed');
      }
      expect(places.size).toBe(9);
      expect(optimizer.best()).toBeUndefined();
      expect(optimizer.ask().values).toHaveLength(2);
    });

    for (const [title, score] of [
      ['flat scores', () => 0.5],
      ['all scores zero', () => 0],
      ['one outlier of 1e6', (_, i) => (i === 5 ? 1e6 : i / 100)],
      ['one outlier of −1e6', (_, i) => (i === 5 ? -1e6 : i / 100)],
      ['huge scores', (x) => 1e300 * (x[0] ?? 0)],
      ['tiny scores', (x) => 1e-300 * (x[0] ?? 0)],
      ['scores of many magnitudes', (x) => Math.exp(100 * (x[0] ?? 0))],
      ['tiny differences far from zero', (x) => 1e9 + 1e-6 * (x[0] ?? 0)],
    ] satisfies [string, (x: readonly number[], i: number) => number][]) {
      it.skipIf(!IS_NIGHTLY && TRIED_BY_DAY_THROUGH.has(name))(`stays sound with ${title}`, () => {
        const dimensions = cube(5, 10);
        const optimizer = create(dimensions);
        const told: number[] = [];
        for (let i = 0; i < 25; i++) {
          const { id, values } = optimizer.ask();
          for (const value of values) expect(value).toBeGreaterThanOrEqual(0);
          told.push(score(values, i));
          optimizer.tell(id, told.at(-1) ?? Number.NaN);
        }
        expect(told).toContain(optimizer.best()?.observed);
        expect(optimizer.best()?.expected ?? 0).not.toBeNaN();
      });
    }

    it('hands out trials, and learnt data only while there is none', () => {
      const optimizer = create(cube(2, 10));
      expect(optimizer.best()).toBeUndefined();
      optimizer.learn([0.2, 0.4], 5);
      expect(optimizer.best()).toMatchObject({ values: [0.2, 0.4], observed: 5 });
      const { id, values } = optimizer.ask();
      optimizer.tell(id, 1);
      expect(optimizer.best()).toMatchObject({ values, observed: 1 });
    });
  });

  it(`${name}: is no worse than random search on a sphere`, () => {
    const dimensions = cube(6, 10);
    const reached = (optimizer: string): number =>
      mean(
        [1, 2, 3, 4, 5].map((seed) => {
          const search = createOptimizer(optimizer, { space: { dimensions }, seed });
          return Math.max(
            ...run(search, sphere(dimensions), 60).map(({ values }) => sphere(dimensions)(values)),
          );
        }),
      );
    // Random search reaches about −0.14 with a spread between runs of about 0.03.
    expect(reached(name)).toBeGreaterThan(reached('random') - 0.03);
  });
}

export function cube(size: number, intervals: number): Dimension[] {
  return Array.from({ length: size }, (_, i) => ({ name: `x${i}`, low: 0, high: 1, intervals }));
}

/** Best value 0 at 0.7 of every range. */
export function sphere(dimensions: readonly Dimension[]): Objective {
  return (values) =>
    -dimensions.reduce((sum, { low, high }, d) => {
      const range = high - low;
      return range === 0 ? sum : sum + (((values[d] ?? 0) - low) / range - 0.7) ** 2;
    }, 0);
}

export function run(optimizer: Optimizer, objective: Objective, count: number): Asked[] {
  return Array.from({ length: count }, () => {
    const asked = optimizer.ask();
    optimizer.tell(asked.id, objective(asked.values));
    return asked;
  });
}

function gridValues(low: number, high: number, intervals: number): number[] {
  return Array.from({ length: intervals + 1 }, (_, i) =>
    Number((low + (i * (high - low)) / intervals).toFixed(8)),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
