import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import type { CubePoint } from '../ask-tell/grid.ts';
import { ascend, spreadStarts } from './grid-ascent.ts';
import { initialize, uniformPoint } from '../ask-tell/initial-points.ts';
import { logImprovement } from '../math/normal.ts';
import { createInitialDesign } from '../ask-tell/initial-design.ts';
import type { Proposer, ProposerContext } from '../ask-tell/proposer.ts';
import { withPessimism, type Sample } from './pessimism.ts';
import { fitEnsemble } from './trees/ensemble.ts';
import type { TrainingData } from './trees/regression-tree.ts';
import { highest, lowest } from '../../shared/extremes.ts';

const options = z.strictObject({
  tree_regressor: z
    .enum(['extra_tree', 'random_forest', 'gradient_boost'])
    .default('extra_tree')
    .describe('which ensemble of trees models the scores'),
  tree_para: z
    .strictObject({ n_estimators: z.int().min(1).default(100) })
    .default({ n_estimators: 100 })
    .describe('n_estimators: number of trees'),
  xi: z
    .number()
    .min(0)
    .default(0.03)
    .describe('required improvement, as a share of the score range; larger values explore more'),
  initialize,
});

export const forest = defineOptimizer({
  name: 'forest',
  pythonClass: 'ForestOptimizer',
  version: 1,
  title: 'Forest optimisation',
  sentence:
    'Models the scores with an ensemble of regression trees; good when the landscape has steps and few blocks matter.',
  source:
    'Hutter, Hoos & Leyton-Brown 2011 (SMAC); parameters of Gradient-Free-Optimizers 1.3, ForestOptimizer, with the variance of a mixture.',
  options,
  createProposer: createForest,
});

function createForest(settings: z.output<typeof options>, { grid, seed }: ProposerContext): Proposer {
  const start = createInitialDesign(grid, settings.initialize, 2, seed);

  return {
    propose(ask) {
      const { random, history } = ask;
      const first = start(ask);
      if (first !== undefined) return first;
      if (history.observations.length < 2 || grid.size === 0) return uniformPoint(grid, random);
      const samples = withPessimism(history);
      const predict = fitEnsemble(
        settings.tree_regressor,
        trainingData(samples, grid.size),
        settings.tree_para.n_estimators,
        random,
      );
      const logImprovementAt = (point: CubePoint): number => {
        const { mean, variance } = predict(point);
        const deviation = Math.sqrt(variance) + 1e-9;
        return Math.log(deviation) + logImprovement((mean - 1 - settings.xi) / deviation);
      };
      const starts = spreadStarts(grid, history.observations, 200, random);
      const effort = { climbs: 2, sweeps: 1 };
      return (
        ascend(logImprovementAt, grid, starts, history.isTaken, effort, random) ?? uniformPoint(grid, random)
      );
    },
  };
}

/** Scores run from 0 (worst) to 1 (best), whatever their scale. */
function trainingData(samples: readonly Sample[], size: number): TrainingData {
  const points = new Float64Array(samples.length * size);
  for (const [row, { point }] of samples.entries()) points.set(point, row * size);
  const scores = samples.map(({ score }) => score);
  const low = lowest(scores);
  const range = highest(scores) - low;
  return {
    points,
    size,
    targets: Float64Array.from(scores, (score) => (range > 0 ? (score - low) / range : 0)),
  };
}
