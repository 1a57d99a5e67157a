import { describe, expect, it } from 'vitest';
import { createOptimizer, createRelay, switchPoint, type Optimizer } from '../../../src/optimizers/index.ts';

const space = { dimensions: ['a', 'b', 'c'].map((name) => ({ name, low: 0, high: 1, intervals: 10 })) };
const create = (name: string): Optimizer => createOptimizer(name, { space, seed: 1 });
const relay = (switchAfter: number): Optimizer =>
  createRelay({ first: create('random'), createSecond: () => create('bayesian'), switchAfter });
const score = (values: readonly number[]): number => -values.reduce((sum, x) => sum + (x - 0.3) ** 2, 0);

function drive(optimizer: Optimizer, count: number): (readonly number[])[] {
  return Array.from({ length: count }, () => {
    const { id, values } = optimizer.ask();
    optimizer.tell(id, score(values));
    return values;
  });
}

describe('relay', () => {
  it.each([
    [30, 0.3, 21],
    [270, 0.5, 135],
    [270, 0, 270],
    [270, 1, 0],
    [5, 0.5, 2],
    [7, 0.5, 4],
  ])('of %d iterations with balance %d the first gets %d', (iterations, balance, count) => {
    expect(switchPoint(iterations, balance)).toBe(count);
  });

  it('is the first one, then the second with all that the first has found', () => {
    const points = drive(relay(6), 10);
    expect(points.slice(0, 6)).toEqual(drive(create('random'), 6));
    const second = create('bayesian');
    for (const values of points.slice(0, 6)) second.learn(values, score(values));
    expect(points.slice(6)).toEqual(drive(second, 4));
  });

  it('tells the second what the first still had open', () => {
    const optimizer = relay(2);
    const [one, two] = [optimizer.ask(), optimizer.ask()];
    const three = optimizer.ask();
    optimizer.tell(two.id, 0.9);
    optimizer.tell(one.id, 'failed');
    optimizer.tell(three.id, 0.1);
    expect([one.id, two.id, three.id]).toEqual([1, 2, 3]);
    expect(optimizer.best()).toMatchObject({ values: two.values, observed: 0.9 });
    expect(() => optimizer.tell(2, 1)).toThrow(RangeError);
  });

  it('keeps queued points over the change', () => {
    const optimizer = relay(1);
    optimizer.enqueue([0.1, 0.1, 0.1]);
    optimizer.enqueue([0.2, 0.2, 0.2]);
    expect(drive(optimizer, 2)).toEqual([
      [0.1, 0.1, 0.1],
      [0.2, 0.2, 0.2],
    ]);
  });
});
