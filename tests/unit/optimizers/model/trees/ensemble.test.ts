import { describe, expect, it } from 'vitest';
import { createRng } from '../../../../../src/optimizers/math/rng.ts';
import { fitEnsemble, mixtureMoments } from '../../../../../src/optimizers/model/trees/ensemble.ts';
import { growTree, leafAt } from '../../../../../src/optimizers/model/trees/regression-tree.ts';

/** 11 × 11 points of the unit square; the score depends on the first coordinate alone, with a step at 0.45. */
const POINTS = Array.from({ length: 121 }, (_, i) => [Math.floor(i / 11) / 10, (i % 11) / 10]);
const DATA = {
  size: 2,
  points: Float64Array.from(POINTS.flat()),
  targets: Float64Array.from(POINTS, ([x = 0]) => (x > 0.45 ? 1 : 0)),
};
const ROWS = POINTS.map((_, row) => row);

describe('a regression tree', () => {
  it('finds a step with the best splitter', () => {
    const tree = growTree(DATA, ROWS, { splitter: 'best', maxDepth: 1 }, createRng(1));
    expect(tree).toMatchObject({
      coordinate: 0,
      left: { mean: 0, variance: 0 },
      right: { mean: 1, variance: 0 },
    });
    const threshold = 'threshold' in tree ? tree.threshold : Number.NaN;
    expect(threshold).toBeGreaterThan(0.4);
    expect(threshold).toBeLessThan(0.5);
  });

  it('has pure leaves with random thresholds and no limit of depth, and is constant between thresholds', () => {
    const targets = Float64Array.from(POINTS, ([x = 0, y = 0]) => Math.sin(3 * x) + y * y);
    const tree = growTree(
      { ...DATA, targets },
      ROWS,
      { splitter: 'random', maxDepth: Infinity },
      createRng(2),
    );
    for (const [row, point] of POINTS.entries()) {
      expect(leafAt(tree, point)).toEqual({ mean: targets[row], variance: 0 });
    }
    const values = new Set(Array.from({ length: 5000 }, (_, i) => leafAt(tree, [i / 4999, 0.5]).mean));
    expect(values.size).toBeLessThanOrEqual(22);
  });

  it('tells mean and variance of a leaf that it may not split', () => {
    const tree = growTree(DATA, ROWS, { splitter: 'best', maxDepth: 0 }, createRng(1));
    const mean = 66 / 121;
    expect(leafAt(tree, [0, 0]).mean).toBeCloseTo(mean, 12);
    expect(leafAt(tree, [0, 0]).variance).toBeCloseTo(mean * (1 - mean), 12);
  });
});

describe('an ensemble', () => {
  it('has the mean of its trees and the variance of their mixture: E[v + m²] − E[m]²', () => {
    const parts = [
      { mean: 1, variance: 0.5 },
      { mean: 3, variance: 0.1 },
    ];
    expect(mixtureMoments(parts).mean).toBe(2);
    expect(mixtureMoments(parts).variance).toBeCloseTo(0.3 + 1, 12);
  });

  it.each(['extra_tree', 'random_forest', 'gradient_boost'] as const)(
    '%s: learns a slope and is unsure where it knows nothing',
    (kind) => {
      const known = ROWS.filter((row) => (POINTS[row]?.[0] ?? 0) < 0.35 || (POINTS[row]?.[0] ?? 0) > 0.75);
      const data = {
        size: 2,
        points: Float64Array.from(known.flatMap((row) => POINTS[row] ?? [])),
        targets: Float64Array.from(known, (row) => POINTS[row]?.[0] ?? 0),
      };
      const predict = fitEnsemble(kind, data, 100, createRng(4));
      expect(predict([0.1, 0.5]).mean).toBeCloseTo(0.1, 1);
      expect(predict([0.9, 0.5]).mean).toBeCloseTo(0.9, 1);
      expect(predict([0.1, 0.5]).variance).toBeLessThan(0.01);
      expect(predict([0.55, 0.5]).variance).toBeGreaterThan(predict([0.1, 0.5]).variance);
    },
  );
});
