/** Do the verdicts of a journal follow from its fresh images? */
import type { JournalRecord, SearchPlan } from '../../journal/record.ts';
import type { Verdict } from '../../proof/proof.ts';
import { proofsOf } from '../../proof/read-proofs.ts';
import { verdictOf } from '../../proof/verdict.ts';
import { counted } from '../../shared/counted.ts';
import { checked, isAlike, unchecked, type Check, type Difference } from './check.ts';

export function checkProof({ config }: SearchPlan, records: readonly JournalRecord[]): Check {
  const proofs = proofsOf(records);
  const judged = proofs.filter(({ verdict }) => verdict !== null);
  if (judged.length === 0) return unchecked('proof', 'The run has no finished proof');
  const differences: Difference[] = [];
  for (const { plan, results, verdict } of judged) {
    if (verdict === null) continue;
    const { payloadWeight } = config;
    const again = verdictOf(plan, results, { look: verdict.look ?? 1, payloadWeight });
    const what = difference(verdict, again);
    if (what !== undefined) differences.push({ message: `proof ${plan.proof}: ${what}` });
  }
  return checked(
    'proof',
    `${counted(judged.length, 'verdict')} from the scores of fresh images`,
    differences,
  );
}

function difference(then: Verdict, now: Verdict): string | undefined {
  if (then.winner !== now.winner)
    return `the winner is recorded as ${then.winner}, but the images say ${now.winner}`;
  if (then.isProved !== now.isProved)
    return `isProved is recorded as ${then.isProved}, but the images say ${now.isProved}`;
  for (const { name, mean } of now.means) {
    const recorded = then.means.find((one) => one.name === name)?.mean;
    if (recorded === undefined || !isAlike(recorded, mean))
      return `the mean of ${name} is recorded as ${recorded ?? 'none'}, but its images give ${mean}`;
  }
  for (const { of, against, result } of now.comparisons) {
    const recorded = then.comparisons.find((one) => one.of === of && one.against === against)?.result;
    if (recorded !== result)
      return `${of} against ${against} is recorded as ${recorded ?? 'nothing'}, but is ${result}`;
  }
  return undefined;
}
