import { describe, expect, it } from 'vitest';
import { contains, sideOf, splitBox, wholeSpace, type Box } from '../../../src/optimizers/partition/boxes.ts';
import { promising } from '../../../src/optimizers/partition/direct.ts';
import { createGrid } from '../../../src/optimizers/ask-tell/grid.ts';
import { createOptimizer } from '../../../src/optimizers/index.ts';
import { createRng } from '../../../src/optimizers/math/rng.ts';
import { cube, run } from '../../contracts/optimizer.contract.ts';

describe('boxes', () => {
  it.each([1, 2, 3, 4, 6, 10, 20])(
    'always partition a grid of %i intervals, each base in its box',
    (intervals) => {
      const grid = createGrid(cube(3, intervals));
      const random = createRng(intervals);
      let boxes: Box[] = [wholeSpace(grid)];
      for (let split = 0; split < 200; split++) {
        const box = boxes[random.integer(boxes.length)] as Box;
        const d = random.integer(3);
        if (sideOf(box, d, grid) === 0) continue;
        const parts = splitBox(box, d, grid, []);
        expect(parts.length).toBeGreaterThan(1);
        expect(parts.filter(({ base }) => base === box.base)).toHaveLength(1);
        boxes = boxes.flatMap((other) => (other === box ? parts : [other]));
      }
      const volumes = boxes.map(({ low, high }) =>
        low.reduce((volume, from, d) => volume * ((high[d] ?? 0) - from + 1), 1),
      );
      expect(volumes.reduce((a, b) => a + b, 0)).toBe((intervals + 1) ** 3);
      for (const box of boxes) {
        expect(contains(box, box.base, grid)).toBe(true);
        expect(boxes.filter((other) => contains(other, box.base, grid))).toEqual([box]);
      }
    },
  );

  it('take over what is known inside them', () => {
    const grid = createGrid(cube(1, 10));
    const root = { ...wholeSpace(grid), score: 1 };
    const known = [0.1, 0.2, 0.5].map((x, i) => ({ id: i, point: [x], score: i, variance: 0 }));
    const parts = splitBox(root, 0, grid, known).map(({ base, score }) => [base[0], score]);
    expect(parts).toEqual([
      [0.2, 1],
      [0.5, 1],
      [0.9, undefined],
    ]);
  });

  it('are promising on the upper hull of size and score', () => {
    const sizes = [1, 1, 0.6, 0.5, 0.3, 0.3, 0.1, 0];
    const scores = [1, 0.2, 1.1, 3.1, 3.9, 2, 4, 4.9];
    const boxes = sizes.map((_, i) => ({ low: [i], high: [i], base: [i], score: scores[i] }));
    const chosen = promising(boxes, ({ low }) => sizes[low[0] ?? 0] ?? 0).map(({ base }) => base[0]);
    // The last box cannot be divided, but its score is what a box must be able to beat: the smallest one cannot.
    expect(chosen).toEqual([0, 3, 4]);
    expect(
      promising(boxes.slice(0, 7), ({ low }) => sizes[low[0] ?? 0] ?? 0).map(({ base }) => base[0]),
    ).toEqual([0, 3, 4, 6]);
  });
});

describe('DIRECT', () => {
  it('begins in the middle and goes on one coordinate at a time', () => {
    const optimizer = createOptimizer('direct', { space: { dimensions: cube(4, 10) }, seed: 1 });
    const asked = run(optimizer, (values) => -Math.abs((values[0] ?? 0) - 0.5), 9).map(
      ({ values }) => values,
    );
    expect(asked[0]).toEqual([0.5, 0.5, 0.5, 0.5]);
    for (const values of asked.slice(1, 3)) {
      const moved = values.filter((value) => value !== 0.5);
      expect(moved).toHaveLength(1);
      expect([0.1, 0.9]).toContain(moved[0]);
    }
    expect(new Set(asked.map(String)).size).toBe(9);
  });

  it('takes the best known point for the middle', () => {
    const optimizer = createOptimizer('direct', { space: { dimensions: cube(4, 10) }, seed: 1 });
    const warm = [0.3, 0.8, 0.1, 0.6];
    optimizer.enqueue(warm);
    optimizer.tell(optimizer.ask().id, 1);
    const { values } = optimizer.ask();
    expect(values.filter((value, d) => value !== warm[d])).toHaveLength(1);
  });

  it('measures no point twice and finishes a small grid', () => {
    const optimizer = createOptimizer('direct', { space: { dimensions: cube(2, 4) }, seed: 2 });
    const asked = run(optimizer, ([x = 0, y = 0]) => x * y, 25);
    expect(new Set(asked.map(({ values }) => String(values))).size).toBe(25);
  });
});
