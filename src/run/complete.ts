/** Which reasons to stop mean that a run has reached its goal, so that nothing more is to come of it. */
import type { StopReason } from '../stop/stop-rule.ts';

const COMPLETE: ReadonlySet<string> = new Set<StopReason['code']>([
  'iterations',
  'minutes',
  'early-stop',
  'space-exhausted',
]);

/** @param reason of this version or, out of a journal, of any other */
export function isComplete({ code }: { readonly code: string }): boolean {
  return COMPLETE.has(code);
}
