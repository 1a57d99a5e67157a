/** Ensembles of regression trees with an estimate of their own uncertainty. */
import type { Rng } from '../../math/rng.ts';
import { growTree, leafAt, type Leaf, type TrainingData } from './regression-tree.ts';

export type EnsembleKind = 'extra_tree' | 'random_forest' | 'gradient_boost';

/** Mean and variance of the target at a point. */
export type Predict = (point: ArrayLike<number>) => Leaf;

/**
 * `extra_tree`: all rows, random thresholds (Geurts, Ernst & Wehenkel 2006). `random_forest`: a bootstrap for each tree,
 * best thresholds (Breiman 2001). `gradient_boost`: a committee of boosted ensembles, each on half of the rows
 * (Friedman 2002); a single one would have no variance to tell.
 */
export function fitEnsemble(kind: EnsembleKind, data: TrainingData, trees: number, random: Rng): Predict {
  const rows = Array.from(data.targets, (_, row) => row);
  if (kind === 'gradient_boost') {
    const committee = Array.from({ length: COMMITTEE }, () => boost(data, rows, trees, random));
    return (point) => mixtureMoments(committee.map((predict) => ({ mean: predict(point), variance: 0 })));
  }
  const extra = kind === 'extra_tree';
  const forest = Array.from({ length: trees }, () =>
    growTree(
      data,
      extra ? rows : rows.map(() => random.integer(rows.length)),
      { splitter: extra ? 'random' : 'best', maxDepth: Infinity },
      random,
    ),
  );
  return (point) => mixtureMoments(forest.map((tree) => leafAt(tree, point)));
}

/** Law of total variance for equally likely parts: E[v + m²] − E[m]². */
export function mixtureMoments(parts: readonly Leaf[]): Leaf {
  let sum = 0;
  let squares = 0;
  for (const { mean, variance } of parts) {
    sum += mean;
    squares += variance + mean * mean;
  }
  const mean = sum / parts.length;
  return { mean, variance: Math.max(0, squares / parts.length - mean * mean) };
}

const COMMITTEE = 10;
const LEARNING_RATE = 0.1;
const BOOST_DEPTH = 3;

function boost(
  data: TrainingData,
  rows: readonly number[],
  stages: number,
  random: Rng,
): (point: ArrayLike<number>) => number {
  const own = rows.map(() => random.integer(rows.length));
  const start = own.reduce((sum, row) => sum + (data.targets[row] as number), 0) / own.length;
  const residuals = data.targets.map((target) => target - start);
  const trees = Array.from({ length: stages }, () => {
    const half = own.filter(() => random.uniform() < 0.5);
    const tree = growTree(
      { ...data, targets: residuals },
      half.length > 0 ? half : own,
      { splitter: 'best', maxDepth: BOOST_DEPTH },
      random,
    );
    for (const row of rows) {
      const point = data.points.subarray(row * data.size, (row + 1) * data.size);
      residuals[row] = (residuals[row] as number) - LEARNING_RATE * leafAt(tree, point).mean;
    }
    return tree;
  });
  return (point) => start + LEARNING_RATE * trees.reduce((sum, tree) => sum + leafAt(tree, point).mean, 0);
}
