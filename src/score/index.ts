/** Scorers, their combination and the tally. `decode.ts` is imported by itself: it loads sharp, which listing scorers does not need. */
export { qualityScorer, scoreQuality } from './quality.ts';
export { createScorers, describeScorers, scorerNames } from './registry.ts';
export type { ScorerChoice, ScorerDescription } from './registry.ts';
export { createJudge } from './score-image.ts';
export type { Judge, JudgedItem, Judgement, WeightedScorer } from './score-image.ts';
export type { ScoreItem, Scorer, ScoreResult } from './scorer.ts';
export { resolveTally, tally, tallyDomain, tallyNames, tallyNeedsPositive, tallyTitle } from './tally.ts';
export type { TallyDomain, TallyName } from './tally.ts';
