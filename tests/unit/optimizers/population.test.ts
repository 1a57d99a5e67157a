import { describe, expect, it } from 'vitest';
import { createOptimizer } from '../../../src/optimizers/index.ts';
import { createPool, createPopulation } from '../../../src/optimizers/population/population.ts';
import type { Observation } from '../../../src/optimizers/ask-tell/proposer.ts';
import { cube } from '../../contracts/optimizer.contract.ts';

const observation = (id: number | undefined, score: number): Observation => ({
  id,
  point: [0.5],
  score,
  variance: 0,
});

describe('a pool', () => {
  it('takes all until it is full, then only what beats its worst', () => {
    const pool = createPool<number>(3, (x) => x);
    for (const x of [5, 1, 3, 1, 4, 2]) pool.admit(x);
    expect(pool.members.toSorted((a, b) => a - b)).toEqual([3, 4, 5]);
  });
});

describe('a population', () => {
  const create = () =>
    createPopulation<{ best: Observation }, string>({
      capacity: 2,
      worth: ({ best }) => best.score,
      found: (best) => ({ best }),
    });

  it('gives the turn to the member that is not under way, then to the one that has waited longest', () => {
    const population = create();
    population.land(observation(1, 0.1));
    population.land(observation(2, 0.2));
    const [a, b] = population.members;
    if (a === undefined || b === undefined) throw new Error('two members expected');
    expect(population.turn(3)).toBe(a);
    population.launch(3, a, 'first');
    expect(population.turn(3)).toBe(a);
    expect(population.turn(4)).toBe(b);
    population.launch(4, b, 'second');
    expect(population.land(observation(4, 0.3))).toEqual({ member: b, note: 'second' });
    expect(population.turn(5)).toBe(b);
    expect(population.land({ id: 3, point: [0.5], score: undefined })).toEqual({ member: a, note: 'first' });
    expect(population.turn(5)).toBe(a);
  });

  it('lets a better stranger take the place of the worst, whose open ask then belongs to nobody', () => {
    const population = create();
    population.land(observation(1, 0.1));
    population.land(observation(2, 0.2));
    const worst = population.members[0];
    if (worst === undefined) throw new Error('a member expected');
    population.launch(3, worst, 'late');
    expect(population.land(observation(undefined, 0.15))).toBeUndefined();
    expect(population.members.map(({ best }) => best.score)).toEqual([0.15, 0.2]);
    expect(population.land(observation(3, 0.9))).toBeUndefined();
    expect(population.members.map(({ best }) => best.score)).toEqual([0.9, 0.2]);
  });
});

describe('the first points', () => {
  const initialize = { random: 1, grid: 0, vertices: 0 };
  const dimensions = cube(27, 10);

  it('are as many as the population when fewer were asked for: learnt ones count', () => {
    const options = { initialize, population: 10 };
    const fresh = createOptimizer('genetic', { space: { dimensions }, seed: 1, options });
    const warm = createOptimizer('genetic', { space: { dimensions }, seed: 1, options });
    const learnt = Array.from({ length: 10 }, (_, i) => dimensions.map((_, d) => ((i + d) % 11) / 10));
    for (const [i, point] of learnt.entries()) warm.learn(point, i);
    for (let i = 0; i < 10; i++) fresh.tell(fresh.ask().id, i);
    const distance = (a: readonly number[], b: readonly number[]): number =>
      a.filter((x, d) => x !== b[d]).length;
    const next = warm.ask().values;
    // A child of good learnt points shares its coordinates with them; a random point shares few.
    const unlike = next.filter((x, d) => !learnt.some((point) => point[d] === x)).length;
    expect(unlike).toBeLessThanOrEqual(3);
    expect(Math.min(...learnt.map((point) => distance(next, point)))).toBeLessThan(20);
  });
});
