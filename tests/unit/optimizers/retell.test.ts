/** What every optimizer owes to whoever looks before asking, and to scores that are measured better later. */
import { describe, expect, it } from 'vitest';
import {
  createOptimizer,
  createRelay,
  optimizerNames,
  type Optimizer,
} from '../../../src/optimizers/index.ts';

const space = { dimensions: ['a', 'b', 'c'].map((name) => ({ name, low: 0, high: 1, intervals: 10 })) };
const create = (name: string): Optimizer => createOptimizer(name, { space, seed: 3 });
const score = (values: readonly number[]): number => -values.reduce((sum, x) => sum + (x - 0.3) ** 2, 0);

function drive(optimizer: Optimizer, count: number, looks: boolean): (readonly number[])[] {
  return Array.from({ length: count }, () => {
    const peeked = looks ? [optimizer.peek(), optimizer.peek()] : [];
    const { id, values } = optimizer.ask();
    for (const point of peeked) expect(point).toEqual(values);
    optimizer.tell(id, score(values));
    return values;
  });
}

describe.each(optimizerNames)('%s', (name) => {
  it('asks what it showed, and the same as if nobody had looked', () => {
    expect(drive(create(name), 12, true)).toEqual(drive(create(name), 12, false));
  });

  it('shows what is queued first', () => {
    const optimizer = create(name);
    optimizer.peek();
    optimizer.enqueue([0.2, 0.4, 0.6]);
    expect(optimizer.peek()).toEqual([0.2, 0.4, 0.6]);
    expect(optimizer.ask()).toMatchObject({ values: [0.2, 0.4, 0.6], origin: 'queued' });
    expect(optimizer.peek()).toEqual(optimizer.ask().values);
  });

  it('goes on within the space when something is learned after a look', () => {
    const optimizer = create(name);
    const asked = Array.from({ length: 8 }, (_, i) => {
      optimizer.peek();
      optimizer.learn([0.1, 0.2, i / 10], 0.1);
      const { id, values } = optimizer.ask();
      optimizer.tell(id, score(values));
      return values;
    });
    expect(asked.every((values) => values.every((x) => x >= 0 && x <= 1))).toBe(true);
  });

  it('recommends by the better measurement', () => {
    const optimizer = create(name);
    const points = Array.from({ length: 4 }, () => optimizer.ask());
    for (const [i, { id }] of points.entries()) optimizer.tell(id, { score: i, images: 4 });
    for (const { id } of points) optimizer.retell(id, { score: -id, images: 12 });
    expect(optimizer.best()?.observed).toBe(-1);
    expect(optimizer.best()?.values).toEqual(points[0]?.values);
  });

  it('knows no other numbers, and no scores that are none', () => {
    const optimizer = create(name);
    const { id } = optimizer.ask();
    expect(() => optimizer.retell(id, 1)).toThrow(RangeError);
    optimizer.tell(id, 0.5);
    expect(() => optimizer.retell(id, Number.NaN)).toThrow(TypeError);
    expect(() => optimizer.retell(id, { score: 1, images: 1.5 })).toThrow(TypeError);
    expect(() => optimizer.retell(-1, 1)).toThrow(RangeError);
  });
});

describe('one that looks back', () => {
  it.each(['bayesian', 'tree-structured-parzen', 'forest', 'lipschitz', 'random'])(
    'proposes as if it had been told the better score at once: %s',
    (name) => {
      const tell = (
        first: (values: readonly number[]) => number,
        isCorrected: boolean,
      ): readonly number[] => {
        const optimizer = create(name);
        const receipt = optimizer.learn([0.5, 0.5, 0.5], first([0.5, 0.5, 0.5]));
        const asked = Array.from({ length: 6 }, () => {
          const one = optimizer.ask();
          return one;
        });
        for (const { id, values } of asked) optimizer.tell(id, first(values));
        if (isCorrected) {
          optimizer.peek();
          optimizer.retell(receipt, score([0.5, 0.5, 0.5]));
          for (const { id, values } of asked) optimizer.retell(id, score(values));
        }
        return optimizer.ask().values;
      };
      expect(tell(() => 0.5, true)).toEqual(tell(score, false));
    },
  );
});

describe('a relay', () => {
  const relay = (switchAfter: number): Optimizer =>
    createRelay({ first: create('random'), createSecond: () => create('bayesian'), switchAfter });

  it('shows the point of whoever comes next, and asks it', () => {
    expect(drive(relay(5), 9, true)).toEqual(drive(relay(5), 9, false));
  });

  it('shows what is queued, and asks it once', () => {
    const optimizer = relay(1);
    optimizer.enqueue([0.1, 0.1, 0.1]);
    optimizer.enqueue([0.2, 0.2, 0.2]);
    expect(optimizer.peek()).toEqual([0.1, 0.1, 0.1]);
    expect(optimizer.peek()).toEqual([0.1, 0.1, 0.1]);
    expect(optimizer.ask().values).toEqual([0.1, 0.1, 0.1]);
    expect(optimizer.peek()).toEqual([0.2, 0.2, 0.2]);
    expect(optimizer.ask().values).toEqual([0.2, 0.2, 0.2]);
    expect(optimizer.ask().origin).toBe('optimizer');
  });

  it('tells the second again what the first has found', () => {
    const corrected = relay(6);
    const direct = relay(6);
    const learned = [corrected.learn([0.5, 0.5, 0.5], 0.9), direct.learn([0.5, 0.5, 0.5], -0.12)];
    const asked = Array.from({ length: 6 }, () => {
      const [one, other] = [corrected.ask(), direct.ask()];
      corrected.tell(one.id, 0.5);
      direct.tell(other.id, score(other.values));
      return one;
    });
    // The second is made now, with the first scores.
    corrected.peek();
    for (const { id, values } of asked) corrected.retell(id, score(values));
    corrected.retell(learned[0] ?? 0, -0.12);
    expect(corrected.peek()).toEqual(direct.peek());
    expect(corrected.best()).toEqual(direct.best());
    expect(() => corrected.retell(99, 1)).toThrow(RangeError);
  });
});
