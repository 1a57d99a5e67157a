/** Every population and model optimizer has to beat random search on a smooth landscape like those of merges. */
import { expect, it } from 'vitest';
import { createOptimizer } from '../../../src/optimizers/index.ts';
import { cube, run } from '../../contracts/optimizer.contract.ts';
import { IS_NIGHTLY } from '../../setup/settings.ts';

const DIMENSIONS = cube(27, 10);

/** Slopes of both signs, a gentle curvature, one interaction. */
function landscape(x: readonly number[]): number {
  const sum = x.reduce(
    (total, v, d) => total + Math.cos(2.3 * d + 1) * v - 0.5 * (v - 0.3 - 0.4 * ((0.37 * d) % 1)) ** 2,
    0,
  );
  return sum + 0.3 * Math.sin(3 * ((x[0] ?? 0) + (x[5] ?? 0) - (x[9] ?? 0)));
}

/** Mean over two seeds. */
function reached(name: string, evaluations: number, options: Record<string, unknown> = {}): number {
  const bests = [1, 2].map((seed) => {
    const optimizer = createOptimizer(name, { space: { dimensions: DIMENSIONS }, seed, options });
    return Math.max(...run(optimizer, landscape, evaluations).map(({ values }) => landscape(values)));
  });
  return (bests[0] ?? 0) / 2 + (bests[1] ?? 0) / 2;
}

const fewTrees = { n_estimators: 20 };

type Case = [name: string, evaluations: number, options?: Record<string, unknown>];

/** As slow as all the others together; by day, ensemble.test.ts tries what is different in them. */
const AT_NIGHT: readonly Case[] = [
  ['forest', 80, { tree_regressor: 'random_forest', tree_para: fewTrees }],
  ['forest', 80, { tree_regressor: 'gradient_boost', tree_para: fewTrees }],
];

it.each<Case>([
  ['parallel-tempering', 270],
  ['particle-swarm', 270],
  ['spiral-optimization', 270],
  ['evolution-strategy', 270],
  ['cma-es', 270],
  ['differential-evolution', 270],
  ['genetic', 270],
  ['lipschitz', 100],
  ['tree-structured-parzen', 100],
  ['forest', 80, { tree_para: fewTrees }],
  ...(IS_NIGHTLY ? AT_NIGHT : []),
])('%s is far ahead of random search after %i evaluations %j', (name, evaluations, options = {}) => {
  // Single runs of random search differ by about 0.3.
  expect(reached(name, evaluations, options)).toBeGreaterThan(reached('random', evaluations) + 0.6);
});
