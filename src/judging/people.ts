/** Who has rated the images of a run, and how far they agree. */
import { agreementOf, type Agreement } from '../score/manual/agreement.ts';
import type { FinishedTrial } from '../types.ts';
import { isMeasured } from './trial-scores.ts';

/** @returns undefined where nobody's answer stands in the journal */
export function peopleOf(finished: readonly FinishedTrial[]): Agreement | undefined {
  const agreement = agreementOf(finished.filter(isMeasured));
  return agreement.people.size === 0 ? undefined : agreement;
}
