import { describe, expect, it } from 'vitest';
import { roundOrJump } from '../../../src/optimizers/local/compat-local-search.ts';
import { createGrid } from '../../../src/optimizers/ask-tell/grid.ts';
import { createOptimizer } from '../../../src/optimizers/index.ts';
import { createRng } from '../../../src/optimizers/math/rng.ts';
import { stepFactor } from '../../../src/optimizers/local/random-annealing.ts';
import { metropolisAcceptance, temperature } from '../../../src/optimizers/local/simulated-annealing.ts';
import {
  compatAcceptance,
  compatRatio,
  logisticAcceptance,
} from '../../../src/optimizers/local/stochastic-hill-climbing.ts';
import { cube } from '../../contracts/optimizer.contract.ts';

const ONE_RANDOM = { random: 1, grid: 0, vertices: 0 };
const CLIMBERS = [
  'hill-climbing',
  'stochastic-hill-climbing',
  'repulsing-hill-climbing',
  'simulated-annealing',
  'random-restart-hill-climbing',
  'random-annealing',
];

/** In many continuous dimensions the distance between a point and its origin hardly varies: origins can be told apart. */
const SIZE = 300;

interface Traced {
  readonly values: readonly number[];
  /** Trial that the step started from, by distance. */
  readonly origin: number;
  /** Standard deviation of the step in a coordinate. */
  readonly step: number;
}

function trace(
  name: string,
  options: Readonly<Record<string, unknown>>,
  scores: (trial: number) => number | 'failed',
  count: number,
): Traced[] {
  const optimizer = createOptimizer(name, {
    space: { dimensions: cube(SIZE, 0) },
    seed: 3,
    options: { epsilon: 1e-5, initialize: ONE_RANDOM, ...options },
  });
  const trials: Traced[] = [];
  for (let trial = 0; trial < count; trial++) {
    const { id, values } = optimizer.ask();
    const distances = trials.map((other) => distance(values, other.values));
    const nearest = Math.min(...distances);
    trials.push({ values, origin: distances.indexOf(nearest), step: nearest / Math.sqrt(SIZE) });
    optimizer.tell(id, scores(trial));
  }
  return trials;
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((value, d) => value - (b[d] ?? 0)));
}

describe('the hill climbers', () => {
  it.each(CLIMBERS)('%s starts from the best initial point; version 1.3 from the first', (name) => {
    const scores = (trial: number): number => [0.1, 0.9, 0.3][trial] ?? 0;
    const options = { initialize: { random: 3, grid: 0, vertices: 0 }, n_iter_restart: 1000 };
    const chosen = name === 'random-restart-hill-climbing' ? options : { initialize: options.initialize };
    expect(trace(name, chosen, scores, 4)[3]?.origin).toBe(1);
    expect(trace(name, { ...chosen, semantics: 'compat' }, scores, 4)[3]?.origin).toBe(0);
  });

  it.each(CLIMBERS)('%s goes on from a better learnt or queued point', (name) => {
    const optimizer = createOptimizer(name, {
      space: { dimensions: cube(SIZE, 0) },
      seed: 1,
      options: { epsilon: 1e-6, initialize: ONE_RANDOM },
    });
    const learnt = Array.from({ length: SIZE }, (_, d) => 0.3 + d / 1000);
    optimizer.learn(learnt, 5);
    const { id, values } = optimizer.ask();
    expect(distance(values, learnt)).toBeLessThan(0.01);
    optimizer.tell(id, 1);
    const queued = learnt.toReversed();
    optimizer.enqueue(queued);
    optimizer.tell(optimizer.ask().id, 6);
    expect(distance(optimizer.ask().values, queued)).toBeLessThan(0.01);
  });

  it('move to the best of three neighbours, and nowhere when all of them failed', () => {
    const scores = [1, 3, 4, 2, 'failed', 'failed', 'failed', 'failed', 3, 3.5, 3.9] as const;
    const origins = trace(
      'random-restart-hill-climbing',
      { n_iter_restart: 1000 },
      (i) => scores[i] ?? 'failed',
      12,
    ).map(({ origin }) => origin);
    expect(origins.slice(1)).toEqual([0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2]);
  });

  it.each(['hill-climbing', 'repulsing-hill-climbing', 'random-annealing', 'stochastic-hill-climbing'])(
    '%s as in version 1.3 moves only when the trial divides by three, and never down',
    (name) => {
      const scores = [5, 6, 7, 8, 9, 1, 8.5, 1, 1, 1, 1];
      const origins = trace(name, { semantics: 'compat' }, (i) => scores[i] ?? 0, 11).map(
        ({ origin }) => origin,
      );
      // Trials 1 to 3 are decided on after trial 3, trials 4 to 6 after trial 6.
      expect(origins.slice(1)).toEqual([0, 0, 0, 3, 3, 3, 4, 4, 4, 4]);
    },
  );

  it('random restart: trials 10, 20, … are uniform, the others are steps', () => {
    const trials = trace('random-restart-hill-climbing', {}, () => 0, 31);
    const isStep = trials.slice(1).map(({ step }) => step < 1e-4);
    expect(isStep).toEqual(trials.slice(1).map((_, i) => (i + 1) % 10 !== 0));
    for (const trial of [10, 20, 30]) {
      const values = trials[trial]?.values ?? [];
      const mean = values.reduce((sum, value) => sum + value, 0) / SIZE;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / SIZE;
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.06);
      expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.015);
    }
  });

  it('random annealing: the steps shrink by 0.98 a move', () => {
    const settings = { start_temp: 10, annealing_rate: 0.98 };
    for (const k of [0, 1, 50, 270]) expect(stepFactor(settings, k)).toBeCloseTo(10 * 0.98 ** k, 12);
    const trials = trace('random-annealing', {}, (trial) => -trial, 60);
    for (const k of [0, 20, 50]) {
      const expected = 1e-5 * 10 * 0.98 ** k;
      expect(Math.abs((trials[k + 1]?.step ?? 0) / expected - 1)).toBeLessThan(0.15);
    }
  });

  it('repulsing: steps are five times as long after three neighbours without a gain', () => {
    const scores = [5, 1, 1, 1, 1, 9, 1, 1];
    const steps = trace('repulsing-hill-climbing', {}, (trial) => scores[trial] ?? 0, 8).map(({ step }) =>
      Math.round(step / 1e-5),
    );
    expect(steps.slice(1)).toEqual([1, 1, 1, 5, 5, 5, 1]);
  });

  it('take steps of at least one grid step', () => {
    const optimizer = createOptimizer('simulated-annealing', {
      space: { dimensions: cube(200, 10) },
      seed: 1,
      options: { epsilon: 1e-6 },
    });
    const middle = Array.from({ length: 200 }, () => 0.5);
    for (let i = 0; i < 10; i++) optimizer.learn(middle, 1);
    const moved = optimizer.ask().values.filter((value) => value !== 0.5).length;
    // A normal deviate rounds to another value with probability 0.617.
    expect(Math.abs(moved / 200 - 0.617)).toBeLessThan(0.12);
  });
});

describe('acceptance of worse points', () => {
  it('stochastic hill climbing: a logistic curve from p down to 0', () => {
    expect(logisticAcceptance(0.1, 0)).toBeCloseTo(0.1, 12);
    expect(logisticAcceptance(0.1, Infinity)).toBe(0);
    // Version 1.4's formula has the sign of the worsening turned round: 0.5 for 1 gives −1/3.
    expect(logisticAcceptance(0.5, -1 / 3)).toBeCloseTo(0.5826, 4);
  });

  it('version 1.3: nothing at its defaults, almost anything when scores differ in sign', () => {
    expect(compatAcceptance(0.1, compatRatio(1, 0.5))).toBe(0);
    expect(compatRatio(1, 0.5)).toBeCloseTo(1 / 3, 12);
    expect(compatRatio(1, -1)).toBe(1);
    expect(compatAcceptance(0.1, compatRatio(1, -0.9))).toBeGreaterThan(0.99);
  });

  it('simulated annealing: Metropolis, cooled after every move; version 1.3 turned round', () => {
    const settings = { start_temp: 2, annealing_rate: 0.97 };
    for (const k of [0, 1, 100]) expect(temperature(settings, k)).toBeCloseTo(2 * 0.97 ** k, 12);
    expect(metropolisAcceptance(1, 2)).toBeCloseTo(Math.exp(-0.5), 12);
    expect(metropolisAcceptance(0, 1e-9)).toBe(1);
    const compat = (worsening: number, t: number): number => compatAcceptance(0.1, worsening / t);
    expect(compat(1 / 3, 1)).toBe(0);
    expect(compat(1 / 3, 0.1)).toBeCloseTo(1 - Math.exp(-1 / 0.3) / 0.1, 12);
  });

  it('decides between going on from the best and from the last ones', () => {
    const falling = (trial: number): number => -trial;
    const hot = trace('simulated-annealing', { start_temp: 1e9, annealing_rate: 1 }, falling, 10);
    expect(hot.slice(1).map(({ origin }) => origin)).toEqual([0, 0, 0, 1, 1, 1, 4, 4, 4]);
    const cold = trace('simulated-annealing', { start_temp: 1e-9 }, falling, 10);
    expect(new Set(cold.slice(1).map(({ origin }) => origin))).toEqual(new Set([0]));
  });

  it.each(['simulated-annealing', 'stochastic-hill-climbing'])('%s knows no scale of scores', (name) => {
    const wander = (scale: number, shift: number): unknown => {
      const optimizer = createOptimizer(name, {
        space: { dimensions: cube(4, 10) },
        seed: 5,
        ...(name === 'stochastic-hill-climbing' && { options: { p_accept: 1 } }),
      });
      return Array.from({ length: 60 }, () => {
        const { id, values } = optimizer.ask();
        // Whole numbers, so that scaling is exact.
        optimizer.tell(
          id,
          scale * (shift - values.reduce((sum, x) => sum + Math.round(100 * (x - 0.7) ** 2), 0)),
        );
        return values;
      });
    };
    expect(wander(1024, 0)).toEqual(wander(1, 0));
    expect(wander(1, -4096)).toEqual(wander(1, 0));
  });
});

describe('walls of version 1.3', () => {
  it('throw a step out of a coarse grid to any place of it', () => {
    const grid = createGrid(cube(3, 10));
    const counts = Array.from({ length: 11 }, () => 0);
    for (let seed = 0; seed < 5500; seed++) {
      const [, second = 0] = roundOrJump([1.1, 0, 0.5], grid, createRng(seed));
      const place = Math.round(second * 10);
      counts[place] = (counts[place] ?? 0) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
    // 99.9 % of the χ² distribution with 10 degrees of freedom.
    expect(chiSquare).toBeLessThan(29.59);
  });

  it('clip where the grid is fine, and keep what is inside', () => {
    const fine = createGrid(cube(27, 1000));
    const out = Array.from({ length: 27 }, () => 1.05);
    expect(roundOrJump(out, fine, createRng(1))).toEqual(out.map(() => 1));
    const coarse = createGrid(cube(3, 10));
    expect(roundOrJump([1.04, 0.44, -0.04], coarse, createRng(1))).toEqual([1, 0.4, 0]);
  });

  it('count dimensions of one value: with them even 101 values are coarse', () => {
    const open = createGrid(cube(2, 100));
    expect(roundOrJump([1.01, 0.5], open, createRng(1))).toEqual([1, 0.5]);
    const fixed = createGrid([...cube(2, 100), { name: 'fixed', low: 0.3, high: 0.3, intervals: 0 }]);
    expect(roundOrJump([1.01, 0.5], fixed, createRng(1))).not.toEqual([1, 0.5]);
  });
});
