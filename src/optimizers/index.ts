/** What other parts of autombw may use of the optimizers. */
export {
  createOptimizer,
  describeOptimizers,
  optimizerNames,
  resolveOptimizer,
  type OptimizerDescription,
  type OptionDescription,
  type ResolvedOptimizer,
} from './registry.ts';
export { firstPoints } from './ask-tell/initial-points.ts';
export { withSemantics, type Semantics } from './semantics.ts';
export { createRelay, switchPoint, type RelaySettings } from './ask-tell/relay.ts';
export type { Asked, Dimension, Optimizer, OptimizerSettings, Recommendation, Told } from './optimizer.ts';
