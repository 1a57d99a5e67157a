/**
 * autombw as a library: the same parts that the command line uses. Three of them can be had alone, and load faster so:
 * `autombw/optimizers`, `autombw/checkpoints`, `autombw/simulator`.
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
import type { planSearch as PlanSearch } from './run/plan-search.ts';
import type { resumeRun as ResumeRun, runSearch as RunSearch } from './run/run.ts';
import type { startSimulator as StartSimulator } from './simulator/index.ts';

export type { ErrorCode } from './shared/error-codes.ts';
export { AutombwError, isExpected, type ErrorKind } from './shared/errors.ts';
export type {
  Best,
  FailedTrial,
  FinishedTrial,
  FailedImage,
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
  pickBlocks,
  uniformWeights,
  type Architecture,
  type BlockName,
  type BlockWeights,
} from './space/blocks.ts';
export {
  allBlocksOf,
  architectureRow,
  ARCHITECTURES,
  blocksOf,
  registerArchitecture,
} from './architectures/registry.ts';
export { SEARCH_ORDER, WEIGHT_ORDERS, weightsFromList, weightsToList } from './architectures/sd-lists.ts';
export type { ArchitectureRow, WeightOrder } from './architectures/architecture.ts';
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
export type { LivePlan } from './run/live-plan.ts';
export { defaultEnvironment, type Environment } from './run/environment.ts';
export type { RunSummary } from './run/5-finish.ts';
export type { EvaluationEvents, Evaluator, Outcome } from './trial/evaluator.ts';
export type { EvaluatorSettings } from './trial/local-evaluator.ts';
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
export {
  drawInTerminal,
  panelSvgs,
  PLOT_COLOURS,
  renderPlot,
  runColour,
  type PlotRun,
} from './plot/index.ts';
export type { Simulator, SimulatorOptions } from './simulator/index.ts';

// What follows is loaded when it is called: whoever needs only a file format or an optimizer pays for no HTTP client and no image library.

/** What a search would do, without doing it. */
export const planSearch: typeof PlanSearch = async (...given) =>
  (await import('./run/plan-search.ts')).planSearch(...given);

/** Searches until a stop rule says so; writes journal, CSV and recipe. */
export const runSearch: typeof RunSearch = async (...given) =>
  (await import('./run/run.ts')).runSearch(...given);

/** Continues a run from its journal. */
export const resumeRun: typeof ResumeRun = async (...given) =>
  (await import('./run/run.ts')).resumeRun(...given);

/** A simulated image server; `autombw/simulator` has the rest of it. */
export const startSimulator: typeof StartSimulator = async (...given) =>
  (await import('./simulator/index.ts')).startSimulator(...given);
