/** Whose images a run keeps where it does not keep all. */
import type { RunState } from './run-state.ts';

/**
 * The trials that may be the best, and what people look at beside them.
 * @param candidates for the best
 */
export function keptTrials(
  { landmarks }: Pick<RunState, 'landmarks'>,
  candidates: readonly number[],
): readonly number[] {
  return [...candidates, ...landmarks];
}
