import { describe, expect, it } from 'vitest';
import { createOptimizer } from '../../../src/optimizers/index.ts';
import type { Optimizer } from '../../../src/optimizers/index.ts';
import { cube } from '../../contracts/optimizer.contract.ts';

const VERTICES = [
  [0.4, 0.4],
  [0.5, 0.4],
  [0.4, 0.5],
];

/** Best first: 3, 2, 1. The centre of the better two is (0.45, 0.4), the reflection of the worst (0.5, 0.3). */
function triangle(): Optimizer {
  const optimizer = createOptimizer('downhill-simplex', {
    space: { dimensions: cube(2, 0) },
    seed: 1,
    options: { initialize: { random: 1, grid: 0, vertices: 0 } },
  });
  for (const values of VERTICES) optimizer.enqueue(values);
  for (const score of [3, 2, 1]) optimizer.tell(optimizer.ask().id, score);
  return optimizer;
}

/** What is asked while these outcomes are told, one after the other. */
function play(optimizer: Optimizer, outcomes: readonly (number | 'failed')[]): number[][] {
  return outcomes.map((outcome) => {
    const { id, values } = optimizer.ask();
    optimizer.tell(id, outcome);
    return values.map((value) => Math.round(value * 1e9) / 1e9);
  });
}

describe('the downhill simplex', () => {
  it('expands after a reflection that beats all', () => {
    expect(play(triangle(), [4, 5, 3.5, 0])).toEqual([
      [0.5, 0.3],
      [0.55, 0.2],
      // (0.55, 0.2) has taken the worst one's place: now (0.5, 0.4) is reflected at (0.475, 0.3).
      [0.45, 0.2],
      // Better than the second worst: it stays. The worst is (0.4, 0.4), and the centre (0.5, 0.2).
      [0.6, 0],
    ]);
  });

  it('keeps the reflection when the expansion is worse', () => {
    expect(play(triangle(), [4, 3.9, 0])).toEqual([
      [0.5, 0.3],
      [0.55, 0.2],
      [0.4, 0.3],
    ]);
  });

  it('contracts outside after a reflection that beats only the worst', () => {
    expect(play(triangle(), [1.5, 2.5])).toEqual([
      [0.5, 0.3],
      [0.475, 0.35],
    ]);
  });

  it('contracts inside after a failed reflection', () => {
    expect(play(triangle(), ['failed', 2.5, 0])).toEqual([
      [0.5, 0.3],
      [0.425, 0.45],
      // The contraction replaced the worst: (0.5, 0.4) is reflected at the centre of the others.
      [0.325, 0.45],
    ]);
  });

  it('shrinks towards the best, which is not measured again', () => {
    expect(play(triangle(), [0, 0.5, 2.5, 1.5, 0])).toEqual([
      [0.5, 0.3],
      [0.425, 0.45],
      [0.45, 0.4],
      [0.4, 0.45],
      // Both have moved: (0.4, 0.45) is the worst, reflected at (0.425, 0.4).
      [0.45, 0.35],
    ]);
  });

  it('works on different vertices when several asks are open', () => {
    const optimizer = triangle();
    const [first, second] = [optimizer.ask(), optimizer.ask()];
    expect(first.values.map((x) => x.toFixed(6))).toEqual(['0.500000', '0.300000']);
    expect(second.values.map((x) => x.toFixed(6))).toEqual(['0.300000', '0.500000']);
    optimizer.tell(second.id, 2.5);
    optimizer.tell(first.id, 4);
    // The first reflection beats all: it is expanded on its own line, whatever the other one has changed.
    expect(play(optimizer, [0])).toEqual([[0.55, 0.2]]);
  });

  it('begins with one point more than there are dimensions', () => {
    const firsts = [1, -1].map((sign) => {
      const optimizer = createOptimizer('downhill-simplex', {
        space: { dimensions: cube(27, 10) },
        seed: 4,
        options: { initialize: { random: 1, grid: 0, vertices: 0 } },
      });
      return Array.from({ length: 29 }, () => {
        const { id, values } = optimizer.ask();
        optimizer.tell(id, sign * values.reduce((sum, x) => sum + x, 0));
        return values;
      });
    });
    expect(firsts[0]?.slice(0, 28)).toEqual(firsts[1]?.slice(0, 28));
    expect(firsts[0]?.[28]).not.toEqual(firsts[1]?.[28]);
  });

  it('begins again around the best point when it has become too small', () => {
    const optimizer = createOptimizer('downhill-simplex', {
      space: { dimensions: cube(2, 100) },
      seed: 1,
      options: { initialize: { random: 1, grid: 0, vertices: 0 } },
    });
    for (const values of [
      [0.5, 0.5],
      [0.51, 0.5],
      [0.5, 0.51],
    ])
      optimizer.enqueue(values);
    for (const score of [3, 2, 1]) optimizer.tell(optimizer.ask().id, score);
    const { values } = optimizer.ask();
    for (const value of values) expect(Math.abs(value - 0.5)).toBeLessThanOrEqual(0.25);
    expect(Math.max(...values.map((value) => Math.abs(value - 0.5)))).toBeGreaterThan(0.03);
  });
});
