/**
 * The search space as optimizers see it: a unit cube with one coordinate for each dimension that can move.
 * Dimensions of one value (low = high) are left out of the cube and put back into every answer.
 */
import { usageError } from '../../shared/errors.ts';
import { roundHalfEven } from '../../shared/round-half-even.ts';
import type { Dimension } from '../optimizer.ts';

/** A point of the cube, in the order of the moving dimensions. On a grid: coordinate i/intervals. */
export type CubePoint = readonly number[];

export interface Grid {
  /** How many dimensions move. */
  readonly size: number;
  /** Steps of each moving dimension; 0 = continuous. */
  readonly intervals: readonly number[];
  /** Which moving dimensions have no order. */
  readonly choices: readonly boolean[];
  /** Number of grid points (1 when nothing moves, infinite when something is continuous); a float: it only has to be compared. */
  readonly points: number;
  /** The nearest point of the grid within the cube. */
  snap(point: ArrayLike<number>): number[];
  /** Equal for equal snapped points, and only for them. */
  key(point: CubePoint): string;
  /**
   * Cube to the numbers that the user sees: one for every dimension, the fixed ones included. The point itself where they are its own: a
   * long search has thousands.
   */
  values(point: CubePoint): readonly number[];
  /** The user's numbers to the cube, as they are: not clipped, not snapped. @throws RangeError for a wrong length or a number that is not finite */
  place(values: readonly number[]): number[];
}

/** @throws usage errors `dimension-bounds`, `dimension-intervals` */
export function createGrid(dimensions: readonly Dimension[]): Grid {
  for (const dimension of dimensions) checkDimension(dimension);
  const moving = dimensions.flatMap(({ low, high }, index) => (low < high ? [index] : []));
  const intervals = moving.map((index) => (dimensions[index] as Dimension).intervals);
  const coordinate = (point: ArrayLike<number>, d: number): number => {
    const clipped = Math.min(1, Math.max(0, point[d] as number));
    const steps = intervals[d] as number;
    return steps === 0 ? clipped : roundHalfEven(clipped * steps) / steps;
  };
  return {
    size: moving.length,
    intervals,
    choices: moving.map((index) => dimensions[index]?.kind === 'choice'),
    points: intervals.reduce((product, steps) => product * (steps === 0 ? Infinity : steps + 1), 1),
    snap: (point) => intervals.map((_, d) => coordinate(point, d)),
    key: (point) => point.join(),
    values: (point) => {
      const values = dimensions.map(({ low }) => low);
      for (const [d, index] of moving.entries()) {
        values[index] = gridValue(dimensions[index] as Dimension, point[d] as number);
      }
      return isAlike(values, point) ? point : values;
    },
    place: (values) => {
      checkValues(values, dimensions);
      return moving.map((index) => {
        const { low, high } = dimensions[index] as Dimension;
        return ((values[index] as number) - low) / (high - low);
      });
    },
  };
}

function isAlike(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, d) => Object.is(value, other[d]));
}

/** A grid value has 8 decimals, as in the histories of the field: 0.3, not 0.30000000000000004. */
function gridValue({ low, high, intervals }: Dimension, coordinate: number): number {
  const value = low + coordinate * (high - low);
  // Adding 0 turns −0 into 0.
  const rounded = intervals === 0 ? value : Math.round(value * 1e8) / 1e8 + 0;
  return Math.min(high, Math.max(low, rounded));
}

function checkDimension({ name, low, high, intervals }: Dimension): void {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) {
    throw usageError(
      'dimension-bounds',
      `Dimension ${name} goes from ${low} to ${high}: give two finite numbers, the lower one first.`,
    );
  }
  if (!Number.isSafeInteger(intervals) || intervals < 0) {
    throw usageError(
      'dimension-intervals',
      `Dimension ${name} has ${intervals} intervals: give a whole number, or 0 for no grid.`,
    );
  }
}

function checkValues(values: readonly number[], dimensions: readonly Dimension[]): void {
  if (values.length !== dimensions.length) {
    throw new RangeError(`a point of this space has ${dimensions.length} values, not ${values.length}`);
  }
  for (const [index, value] of values.entries()) {
    if (!Number.isFinite(value)) {
      throw new RangeError(`the value of ${dimensions[index]?.name} is ${value}, not a finite number`);
    }
  }
}
