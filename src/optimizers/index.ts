/**
 * `autombw/optimizers`: search algorithms behind ask and tell, without I/O. Also what other parts of autombw use of them.
 *
 * ```js
 * import { createOptimizer } from 'autombw/optimizers';
 *
 * const optimizer = createOptimizer('bayesian', {
 *   space: { dimensions: [{ name: 'IN00', low: 0, high: 1, intervals: 10 }] },
 *   seed: 1,
 * });
 * const { id, values } = optimizer.ask();
 * optimizer.tell(id, 0.7);
 * ```
 */
// The contract: what an optimizer is given, asked and told. Always maximises.
export type {
  Asked,
  Dimension,
  Optimizer,
  OptimizerSettings,
  Recommendation,
  Told,
  ToldScore,
} from './optimizer.ts';
export type { Belief, ImageNoise, Prospect } from './belief.ts';

// Which ones there are, and one of them by name.
export {
  createOptimizer,
  describeOptimizers,
  optimizerNames,
  resolveOptimizer,
  type OptimizerDescription,
  type OptionDescription,
  type ResolvedOptimizer,
} from './registry.ts';

// Two of them one after the other on the same search.
export { createRelay, switchPoint, type RelaySettings } from './ask-tell/relay.ts';

// What the Python tool did: its first points, and its defects where they explain an old log.
export { firstPoints, type FirstPoints } from './ask-tell/initial-points.ts';
export { withSemantics, type Semantics } from './semantics.ts';

// The model of scores that the default optimizer has, for those who ask it about a finished run; and how scores are scaled for it.
export { createScoreModel, type ScoreModel } from './model/gp/score-model.ts';
export { standardise } from './model/gp/standardise.ts';

// Points compared in several numbers at once.
export {
  dominates,
  endsOf,
  hypervolume,
  nondominated,
  referencePoint,
  type GoalPoint,
} from './math/pareto.ts';

// What is thrown for settings that make no sense.
export { AutombwError, isExpected } from '../shared/errors.ts';
