/** Which blocks decide the score of a run, and what follows from it. */
export {
  NEXT_ITERATIONS,
  type DimensionImportance,
  type Effect,
  type Estimate,
  type Importance,
  type Interaction,
  type Suggestion,
} from './importance.ts';
export { importanceBars } from './bars.ts';
export { explain } from './explain.ts';
export { explainFile } from './read-run.ts';
export { importanceLines, importanceSummary, NO_INTERACTIONS, type BarStyle } from './words.ts';
