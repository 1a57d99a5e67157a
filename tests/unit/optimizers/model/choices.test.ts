/** Words without an order in the default optimizer. */
import { describe, expect, it } from 'vitest';
import { createGrid } from '../../../../src/optimizers/ask-tell/grid.ts';
import { createOptimizer } from '../../../../src/optimizers/index.ts';
import type { Dimension } from '../../../../src/optimizers/index.ts';
import { createUniform } from '../../../../src/shared/random.ts';
import { embeddingOf } from '../../../../src/optimizers/model/gp/choices.ts';

const WORDS: Dimension = { name: 'word', low: 0, high: 5, intervals: 5, kind: 'choice' };
const NUMBER: Dimension = { name: 'number', low: 0, high: 1, intervals: 10 };

describe('the embedding of choices', () => {
  it('puts all words equally far apart, and leaves numbers as they are', () => {
    const embedding = embeddingOf(createGrid([NUMBER, WORDS]));
    const points = [0, 0.2, 0.8, 1].map((word) => embedding?.place([0.3, word]) ?? []);
    expect(embedding?.size).toBe(7);
    expect(points.map(([first]) => first)).toEqual([0.3, 0.3, 0.3, 0.3]);
    const distance = (p: readonly number[], q: readonly number[]): number =>
      Math.hypot(...p.map((value, i) => value - (q[i] ?? 0)));
    const [first = [], ...others] = points;
    for (const other of others) expect(distance(first, other)).toBeCloseTo(1, 12);
  });

  it('is not there without words, or with two', () => {
    expect(embeddingOf(createGrid([NUMBER]))).toBeUndefined();
    expect(embeddingOf(createGrid([{ ...WORDS, high: 1, intervals: 1 }]))).toBeUndefined();
  });
});

it('the default optimizer gets nearer to the best of twelve words than one that takes them for numbers', () => {
  const seeds = [1, 2, 3, 4];
  const regret = (kind: Dimension['kind']): number => {
    const lost = seeds.map((seed) => {
      const random = createUniform(seed);
      const worth = Array.from({ length: 12 }, () => random());
      const target = Array.from({ length: 6 }, () => random());
      const truth = ([word = 0, ...numbers]: readonly number[]): number =>
        (worth[word] ?? Number.NaN) -
        numbers.reduce((sum, value, i) => sum + (value - (target[i] ?? 0)) ** 2, 0);
      const dimensions = [
        { name: 'word', low: 0, high: 11, intervals: 11, kind },
        ...target.map((_, i) => ({ ...NUMBER, name: `x${i}` })),
      ];
      const optimizer = createOptimizer('bayesian', { space: { dimensions }, seed });
      for (let i = 0; i < 40; i++) {
        const { id, values } = optimizer.ask();
        optimizer.tell(id, truth(values) + 0.05 * (random() - 0.5));
      }
      return Math.max(...worth) - truth(optimizer.best()?.values ?? []);
    });
    return lost.reduce((sum, value) => sum + value, 0) / seeds.length;
  };
  expect(regret('choice')).toBeLessThan(regret(undefined));
});
