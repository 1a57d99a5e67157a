/** Regression trees: piecewise constant functions, split to lower the squared error. */
import type { Rng } from '../../math/rng.ts';

export interface TrainingData {
  /** Row-major, `size` coordinates in [0, 1] for each row. */
  readonly points: Float64Array;
  readonly size: number;
  readonly targets: Float64Array;
}

export interface TreeSettings {
  /** `random`: one uniform threshold for each coordinate (extra trees); `best`: the best gap between
   * values, the threshold anywhere in it, so that trees disagree where nothing is known (Hutter et al. 2014).
   */
  readonly splitter: 'random' | 'best';
  readonly maxDepth: number;
}

export interface Leaf {
  readonly mean: number;
  /** Variance of the targets that ended here. */
  readonly variance: number;
}

export type Tree = Leaf | Branch;

interface Branch {
  readonly coordinate: number;
  /** Left: at most this. */
  readonly threshold: number;
  readonly left: Tree;
  readonly right: Tree;
}

interface Split {
  readonly coordinate: number;
  readonly threshold: number;
  /** The smaller the better: see {@link unexplained}. */
  readonly loss: number;
}

/** @param rows which rows to learn from; a row may be there several times (bootstrap) */
export function growTree(
  data: TrainingData,
  rows: readonly number[],
  settings: TreeSettings,
  random: Rng,
): Tree {
  const split = settings.maxDepth > 0 ? findSplit(data, rows, settings.splitter, random) : undefined;
  if (split === undefined) return leafOf(data.targets, rows);
  const { coordinate, threshold } = split;
  const goesLeft = (row: number): boolean =>
    (data.points[row * data.size + coordinate] as number) <= threshold;
  const deeper = { ...settings, maxDepth: settings.maxDepth - 1 };
  const left = rows.filter(goesLeft);
  const right = rows.filter((row) => !goesLeft(row));
  if (left.length === 0 || right.length === 0) return leafOf(data.targets, rows);
  return {
    coordinate,
    threshold,
    left: growTree(data, left, deeper, random),
    right: growTree(data, right, deeper, random),
  };
}

export function leafAt(tree: Tree, point: ArrayLike<number>): Leaf {
  let node = tree;
  while ('threshold' in node)
    node = (point[node.coordinate] as number) <= node.threshold ? node.left : node.right;
  return node;
}

function leafOf(targets: Float64Array, rows: readonly number[]): Leaf {
  let sum = 0;
  for (const row of rows) sum += targets[row] as number;
  const mean = sum / rows.length;
  let squares = 0;
  for (const row of rows) squares += ((targets[row] as number) - mean) ** 2;
  return { mean, variance: squares / rows.length };
}

function findSplit(
  data: TrainingData,
  rows: readonly number[],
  splitter: TreeSettings['splitter'],
  random: Rng,
): Split | undefined {
  const first = data.targets[rows[0] ?? 0];
  if (rows.every((row) => data.targets[row] === first)) return undefined;
  let best: Split | undefined;
  for (let coordinate = 0; coordinate < data.size; coordinate++) {
    const split = (splitter === 'random' ? randomSplit : bestSplit)(data, rows, coordinate, random);
    if (split !== undefined && (best === undefined || split.loss < best.loss)) best = split;
  }
  return best;
}

function randomSplit(
  data: TrainingData,
  rows: readonly number[],
  coordinate: number,
  random: Rng,
): Split | undefined {
  const { points, size, targets } = data;
  let low = Infinity;
  let high = -Infinity;
  for (const row of rows) {
    const x = points[row * size + coordinate] as number;
    if (x < low) low = x;
    if (x > high) high = x;
  }
  if (low >= high) return undefined;
  // In [low, high): both sides get a row.
  const threshold = low + (high - low) * random.uniform();
  let leftCount = 0;
  let leftSum = 0;
  let sum = 0;
  for (const row of rows) {
    const target = targets[row] as number;
    sum += target;
    if ((points[row * size + coordinate] as number) > threshold) continue;
    leftCount++;
    leftSum += target;
  }
  return {
    coordinate,
    threshold,
    loss: unexplained(leftCount, leftSum, rows.length - leftCount, sum - leftSum),
  };
}

/** Thresholds are looked for between so many bins of a coordinate: exact for grids of up to 120 intervals that divide it. */
const BINS = 120;
const binCount = new Int32Array(BINS + 1);
const binSum = new Float64Array(BINS + 1);

function bestSplit(
  data: TrainingData,
  rows: readonly number[],
  coordinate: number,
  random: Rng,
): Split | undefined {
  const { points, size, targets } = data;
  binCount.fill(0);
  binSum.fill(0);
  let sum = 0;
  for (const row of rows) {
    const bin = binOf(points[row * size + coordinate] as number);
    const target = targets[row] as number;
    binCount[bin] = (binCount[bin] as number) + 1;
    binSum[bin] = (binSum[bin] as number) + target;
    sum += target;
  }
  let best: Split | undefined;
  let leftCount = 0;
  let leftSum = 0;
  let last = -1;
  for (let bin = 0; bin <= BINS; bin++) {
    const count = binCount[bin] as number;
    if (count === 0) continue;
    if (leftCount > 0) {
      const loss = unexplained(leftCount, leftSum, rows.length - leftCount, sum - leftSum);
      if (best === undefined || loss < best.loss)
        best = { coordinate, threshold: (last + 0.5 + (bin - last - 1) * random.uniform()) / BINS, loss };
    }
    leftCount += count;
    leftSum += binSum[bin] as number;
    last = bin;
  }
  return best;
}

function binOf(x: number): number {
  return Math.min(BINS, Math.max(0, Math.round(x * BINS)));
}

/** The sum of squares about the means of both sides, less the sum of all squares: no need to add those up. */
function unexplained(leftCount: number, leftSum: number, rightCount: number, rightSum: number): number {
  return -(leftSum * leftSum) / leftCount - (rightSum * rightSum) / rightCount;
}
