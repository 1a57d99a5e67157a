/** Recovering runs from logs. */
export { decodeLogBytes } from './decode.ts';
export { recoverLog, type RecoverOptions } from './recover-log.ts';
export { toTrials, type PlainTrials } from './to-trials.ts';
export type { Recovered, RecoveredBest, RecoveredIteration, RecoveredRun } from './types.ts';
