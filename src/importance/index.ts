/** Which blocks decide the score of a run, and what follows from it. */
export { type Importance } from './importance.ts';
export { importanceBars } from './bars.ts';
export { explain, explainAlong } from './explain.ts';
export { explainFile, measuredRun } from './read-run.ts';
export { type MeasuredRun } from './measured.ts';
export { type Slice } from './slices.ts';
export { importanceLines, importanceSummary, type BarStyle } from './words.ts';
