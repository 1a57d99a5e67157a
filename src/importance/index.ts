/** Which blocks decide the score of a run, and what follows from it. */
export { type Importance } from './importance.ts';
export { importanceBars } from './bars.ts';
export { explain } from './explain.ts';
export { explainFile } from './read-run.ts';
export { importanceLines, importanceSummary, type BarStyle } from './words.ts';
