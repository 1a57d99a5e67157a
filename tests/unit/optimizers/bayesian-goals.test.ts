import { describe, expect, it } from 'vitest';
import { createOptimizer, hypervolume, type Optimizer } from '../../../src/optimizers/index.ts';

const dimensions = Array.from({ length: 4 }, (_, i) => ({ name: `x${i}`, low: 0, high: 1, intervals: 10 }));
const make = (seed = 1): Optimizer => createOptimizer('bayesian', { space: { dimensions }, seed });

/** Two hills: the front leads from the top of one to that of the other. */
function goalsAt(x: readonly number[]): number[] {
  const distance = (top: number): number => x.reduce((sum, u) => sum + (u - top) ** 2, 0);
  return [-distance(0.2), -distance(0.8)];
}

function run(optimizer: Optimizer, asks: number, withGoals: boolean): number[][] {
  return Array.from({ length: asks }, () => {
    const { id, values } = optimizer.ask();
    const goals = goalsAt(values);
    const score = (goals[0] ?? 0) + (goals[1] ?? 0);
    optimizer.tell(id, withGoals ? { score, goals } : score);
    return [...values];
  });
}

describe('bayesian with goals', () => {
  it('covers more of the front than with their sum', () => {
    const covered = (points: readonly number[][]): number => hypervolume(points.map(goalsAt), [-1.5, -1.5]);
    const asks = 24;
    const [apart, mixed] = [run(make(), asks, true), run(make(), asks, false)];
    expect(covered(apart)).toBeGreaterThan(covered(mixed));
    // The ends of the front, which the sum has no use for.
    const best = (points: readonly number[][], k: number): number =>
      Math.max(...points.map((point) => goalsAt(point)[k] ?? -Infinity));
    expect(best(apart, 0)).toBeGreaterThan(-0.1);
    expect(best(apart, 1)).toBeGreaterThan(-0.1);
  });

  it('asks the same again for the same seed and values, whoever is looked at in between', () => {
    const [one, other] = [make(3), make(3)];
    const points = run(one, 12, true);
    other.peek();
    expect(run(other, 12, true)).toEqual(points);
    expect(run(make(4), 12, true)).not.toEqual(points);
  });

  it('takes open and failed points into account, and asks none of them again', () => {
    const optimizer = make();
    run(optimizer, 9, true);
    const open = [optimizer.ask(), optimizer.ask(), optimizer.ask()];
    optimizer.tell(open[0]?.id ?? 0, 'failed');
    const next = optimizer.ask();
    const keys = [...open, next].map(({ values }) => values.join());
    expect(new Set(keys).size).toBe(4);
  });

  it('goes by points with goals alone, and by better measurements of them', () => {
    const optimizer = make();
    optimizer.learn([0.5, 0.5, 0.5, 0.5], 1);
    run(optimizer, 9, true);
    const before = optimizer.peek();
    optimizer.learn([0.1, 0.1, 0.1, 0.1], { score: 5, goals: [3, 3] });
    expect(optimizer.peek()).not.toEqual(before);
  });

  it('recommends by the one score', () => {
    const optimizer = make();
    const points = run(optimizer, 16, true);
    const values = optimizer.best()?.values ?? [];
    expect(points.map(String)).toContain(String(values));
    expect(optimizer.best()?.observed).toBeCloseTo(
      goalsAt(values).reduce((sum, value) => sum + value, 0),
      10,
    );
  });

  it('refuses a goal that is no number', () => {
    const optimizer = make();
    const { id } = optimizer.ask();
    expect(() => optimizer.tell(id, { score: 1, goals: [1, Number.NaN] })).toThrow(/finite number: 1, NaN/);
  });
});
