/** Recovering runs from logs. */
export { decodeLogBytes } from './decode.ts';
export { recoverLog } from './recover-log.ts';
export { toTrials, type PlainTrials } from './to-trials.ts';
export type { Recovered, RecoveredIteration } from './types.ts';
