import { array, assert, integer, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dominates,
  endsOf,
  freeBoxes,
  hypervolume,
  nondominated,
  referencePoint,
  type GoalPoint,
} from '../../../../src/optimizers/math/pareto.ts';

const SIDE = 4;
const coordinate = integer({ min: 0, max: SIDE });
const pairs = array(tuple(coordinate, coordinate), { maxLength: 12 });
const triples = array(tuple(coordinate, coordinate, coordinate), { maxLength: 12 });

/** Unit cells between 0 and SIDE, by their lower corners. */
function cells(goals: number): number[][] {
  return Array.from({ length: SIDE ** goals }, (_, n) =>
    Array.from({ length: goals }, (_cell, k) => Math.floor(n / SIDE ** k) % SIDE),
  );
}

const covers = (point: GoalPoint, cell: GoalPoint): boolean =>
  cell.every((corner, k) => (point[k] ?? 0) >= corner + 1);

describe.each([
  ['two goals', 2, pairs],
  ['three goals', 3, triples],
] as const)('%s', (_, goals, clouds) => {
  const origin = Array.from({ length: goals }, () => 0);

  it('the hypervolume is the number of cells that some point reaches', () => {
    assert(
      property(clouds, (points: readonly GoalPoint[]) => {
        const count = cells(goals).filter((cell) => points.some((point) => covers(point, cell))).length;
        expect(hypervolume(points, origin)).toBe(count);
      }),
    );
  });

  it('every cell that no point reaches is in just one free box, and no other cell is in any', () => {
    assert(
      property(clouds, (points: readonly GoalPoint[]) => {
        const boxes = freeBoxes(points, origin);
        const wrong = cells(goals).filter((cell) => {
          const holding = boxes.filter(({ low, high }) =>
            cell.every((corner, k) => corner >= (low[k] ?? 0) && corner + 1 <= (high[k] ?? 0)),
          );
          return holding.length !== (points.some((point) => covers(point, cell)) ? 0 : 1);
        });
        expect(wrong).toEqual([]);
      }),
    );
  });

  it('the front is what nothing dominates, and covers as much as all points', () => {
    assert(
      property(clouds, (points: readonly GoalPoint[]) => {
        const front = nondominated(points).map((i) => points[i] ?? []);
        for (const point of points) {
          expect(front.some((one) => one.join() === point.join() || dominates(one, point))).toBe(true);
        }
        for (const one of front) expect(points.some((point) => dominates(point, one))).toBe(false);
        expect(new Set(front.map(String)).size).toBe(front.length);
        expect(hypervolume(front, origin)).toBe(hypervolume(points, origin));
      }),
    );
  });
});

it('points below the reference cover nothing', () => {
  expect(
    hypervolume(
      [
        [3, -1],
        [-1, 3],
      ],
      [0, 0],
    ),
  ).toBe(0);
  expect(freeBoxes([], [1, 2])).toEqual([{ low: [1, 2], high: [Infinity, Infinity] }]);
});

it('the reference is a tenth of the range below the worst value of every goal', () => {
  const points = [
    [0, 20],
    [10, 30],
  ];
  expect(endsOf(points)).toEqual([
    [0, 20],
    [10, 30],
  ]);
  expect(referencePoint(points)).toEqual([-1, 19]);
});
