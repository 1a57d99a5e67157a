/** Knots from block weights: those whose curve comes nearest to the weights, by least squares within the bounds. */
import { weightsOnCurve, type Curve } from './curve.ts';

export interface KnotRange {
  /** Depth, 0 to 1. */
  readonly at: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Exact for a linear curve. For a monotone one, which is not linear in its knots, the best that is found from there.
 * @param knots in order of depth
 * @param weights one for each place of the curve
 */
export function fitKnots(
  curve: Pick<Curve, 'shape' | 'blocks'>,
  knots: readonly KnotRange[],
  weights: readonly number[],
): number[] {
  const at = knots.map((knot) => knot.at);
  const { blocks } = curve;
  const lines = at.map((_, k) => weightsOnCurve({ shape: 'linear', blocks }, at, unit(k, at.length)));
  const straight = leastSquares(lines, weights, knots);
  return curve.shape === 'linear' ? straight : refine(curve, knots, weights, straight);
}

/** Gauss-Newton with shortened steps. */
function refine(
  curve: Pick<Curve, 'shape' | 'blocks'>,
  knots: readonly KnotRange[],
  weights: readonly number[],
  start: readonly number[],
): number[] {
  const at = knots.map((knot) => knot.at);
  const weightsFor = (values: readonly number[]): number[] => weightsOnCurve(curve, at, values);
  const errorOf = (values: readonly number[]): number =>
    sum(weightsFor(values).map((weight, i) => (weight - (weights[i] ?? 0)) ** 2));
  let values = [...start];
  let error = errorOf(values);
  for (let step = 0; step < MOST_STEPS && error > EXACT; step++) {
    const now = weightsFor(values);
    const columns = values.map((_, k) => {
      const moved = weightsFor(values.map((value, i) => (i === k ? value + NUDGE : value)));
      return moved.map((weight, i) => (weight - (now[i] ?? 0)) / NUDGE);
    });
    // The weights that the linearised curve must have for its knots to be the new ones themselves.
    const wanted = weights.map(
      (weight, i) => weight - (now[i] ?? 0) + sum(values.map((value, k) => value * (columns[k]?.[i] ?? 0))),
    );
    const goal = leastSquares(columns, wanted, knots);
    const better = SHARES.map((share) =>
      values.map((value, k) => value + share * ((goal[k] ?? 0) - value)),
    ).find((candidate) => errorOf(candidate) < error);
    if (better === undefined) break;
    const before = error;
    values = better;
    error = errorOf(values);
    if (before - error < EXACT) break;
  }
  return values;
}

const MOST_STEPS = 30;
/** Squared error that the rounding of weights makes. */
const EXACT = 1e-12;
const NUDGE = 1e-6;
const SHARES = [1, 0.5, 0.25, 0.125, 0.0625];

/**
 * Minimises the squared error of `columns · values` against `wanted` between the bounds.
 * @param columns one for each value
 */
function leastSquares(
  columns: readonly (readonly number[])[],
  wanted: readonly number[],
  bounds: readonly KnotRange[],
): number[] {
  const products = columns.map((column) => columns.map((other) => dot(column, other)));
  const right = columns.map((column) => dot(column, wanted));
  const clamp = (value: number, k: number): number =>
    Math.min(bounds[k]?.high ?? value, Math.max(bounds[k]?.low ?? value, value));
  const values = solve(products, right).map(clamp);
  // At the solution itself this changes nothing; where bounds cut it off, the other values make up for it.
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let change = 0;
    for (const [k, row] of products.entries()) {
      const own = row[k] ?? 0;
      if (own < TINY) continue;
      const old = values[k] ?? 0;
      const next = clamp(old + ((right[k] ?? 0) - dot(row, values)) / own, k);
      change = Math.max(change, Math.abs(next - old));
      values[k] = next;
    }
    if (change < SMALLEST_CHANGE) break;
  }
  return values;
}

const MOST_SWEEPS = 500;
const SMALLEST_CHANGE = 1e-12;
const TINY = 1e-12;

/** Cholesky. A value that nothing depends on becomes 0. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const lower = matrix.map((row) => row.map(() => 0));
  for (const [i, row] of lower.entries()) {
    for (const [j, other] of lower.slice(0, i + 1).entries()) {
      const rest = (matrix[i]?.[j] ?? 0) - dot(row.slice(0, j), other.slice(0, j));
      if (i === j) row[j] = Math.sqrt(Math.max(rest, 0));
      else row[j] = divide(rest, other[j] ?? 0);
    }
  }
  const forward: number[] = [];
  for (const [i, row] of lower.entries()) {
    forward.push(divide((right[i] ?? 0) - dot(row.slice(0, i), forward), row[i] ?? 0));
  }
  const values = forward.map(() => 0);
  for (let i = values.length - 1; i >= 0; i--) {
    const behind = sum(values.map((value, j) => (j > i ? value * (lower[j]?.[i] ?? 0) : 0)));
    values[i] = divide((forward[i] ?? 0) - behind, lower[i]?.[i] ?? 0);
  }
  return values;
}

function divide(value: number, by: number): number {
  return Math.abs(by) < TINY ? 0 : value / by;
}

function unit(k: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => (i === k ? 1 : 0));
}

function dot(one: readonly number[], other: readonly number[]): number {
  let total = 0;
  for (const [i, value] of one.entries()) total += value * (other[i] ?? 0);
  return total;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
