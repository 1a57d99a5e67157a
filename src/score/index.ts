/** Scorers, their combination and the tally. `decode.ts` is imported by itself: it loads sharp, which listing scorers does not need. */
export { scorerReadiness, type ScorerReadiness } from './readiness.ts';
export { createScorers, describeScorers, reachOf, scorerNames } from './registry.ts';
export type { ScorerDescription } from './registry.ts';
export { createJudge } from './score-image.ts';
export type { Asking, Judge, Judgement, WeightedScorer } from './score-image.ts';
export { judgesOnThisMachine } from './onnx/judges-on-this-machine.ts';
export { describeJudging, whatItJudges } from './what-it-judges.ts';
