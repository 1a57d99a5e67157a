/**
 * autombw as a library: the same parts that the command line uses.
 *
 * ```js
 * import { createOptimizer, optimizerNames } from 'autombw';
 *
 * const optimizer = createOptimizer('bayesian', {
 *   space: { dimensions: [{ name: 'IN00', low: 0, high: 1, intervals: 10 }] },
 *   seed: 1,
 * });
 * const { id, values } = optimizer.ask();
 * optimizer.tell(id, 0.7);
 * ```
 */
export { AutombwError, isExpected, type ErrorKind } from './shared/errors.ts';
export type {
  Best,
  FailedTrial,
  FinishedTrial,
  ImageRecord,
  ImageRequest,
  OpenTrial,
  Image,
  Pixels,
  ReportedImage,
  ScoredTrial,
  Trial,
  TrialOrigin,
} from './types.ts';

// Blocks and spaces
export {
  ARCHITECTURES,
  blocksOf,
  pickBlocks,
  SEARCH_ORDER,
  uniformWeights,
  WEIGHT_ORDERS,
  weightsFromList,
  weightsToList,
  type Architecture,
  type BlockName,
  type BlockWeights,
  type WeightOrder,
} from './space/blocks.ts';
export { createSpace, decode, encode, type BlockSpace, type SpaceSettings } from './space/space.ts';

// Optimizers
export {
  createOptimizer,
  describeOptimizers,
  optimizerNames,
  type Asked,
  type Dimension,
  type Optimizer,
  type OptimizerDescription,
  type OptimizerSettings,
  type Recommendation,
  type Told,
} from './optimizers/index.ts';

// A search: configuration, plan, run
export { loadSearchConfig, parseSearchConfig } from './config/load.ts';
export { searchJsonSchema, type RawSearchConfig, type SearchConfig } from './config/schema.ts';
export { loadPayloads, parsePayload, type NamedPayload } from './payload/load.ts';
export { toRequests } from './payload/requests.ts';
export { planSearch } from './run/plan-search.ts';
export { resumeRun, runSearch } from './run/run.ts';
export { defaultEnvironment, type Environment } from './run/environment.ts';
export type { RunSummary } from './run/4-finish.ts';
export type { EvaluationEvents, Evaluator, Outcome } from './trial/evaluator.ts';
export { LocalEvaluator, type EvaluatorSettings } from './trial/local-evaluator.ts';
export type { RunObserver } from './observers/observer.ts';
export type { Renderer, RenderJob } from './renderers/renderer.ts';
export type { Scorer, ScoreItem, ScoreResult } from './score/scorer.ts';

// Journals and the field's files
export { readJournal, trialsOf, type ReadJournal } from './journal/read.ts';
export type { JournalRecord, SearchPlan } from './journal/record.ts';
export { formatHistoryCsv, readHistoryCsv, type HistoryRow } from './formats/history-csv.ts';
export { formatRecipe, parseRecipe, recipeMetadata, type Recipe } from './formats/recipe.ts';
export { decodeLogBytes, recoverLog, toTrials, type Recovered } from './recover/index.ts';

// Checkpoints
export { inspectCheckpoint, type Inspection } from './checkpoints/inspect.ts';
export { mergeCheckpoints, prepareMerge, type MergeResult } from './checkpoints/merge.ts';

// Plots and the simulated WebUI
export { drawInTerminal, renderPlot, type PlotRun } from './plot/index.ts';
export { startSimulator, type Simulator, type SimulatorOptions } from './simulator/index.ts';
