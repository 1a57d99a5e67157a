/** Which proof of a journal is told of: a run may be proved several times, of another iteration or by another scorer. */
import type { BlockWeights } from '../types.ts';
import type { Proof } from './proof.ts';
import { isSameMerge } from './verdict.ts';

export interface ProofWanted {
  /** What the run recommends. */
  readonly weights: BlockWeights | undefined;
  /** Those of the run. */
  readonly scorers: readonly { readonly id: string }[];
}

/**
 * Among those with a verdict on the merge that the run recommends: by the run's own scorers where there is one, the one with the
 * most images, the last of equals. Where there is none, the last proof of all.
 * @param proofs in the order in which they began
 */
export function chooseProof<T extends Proof>(
  proofs: readonly T[],
  { weights, scorers }: ProofWanted,
): T | undefined {
  const said = proofs.filter((proof) => proof.verdict !== null && isProofOf(proof, weights));
  const own = said.filter(({ plan }) => idsOf(plan) === idsOf({ scorers }));
  const [chosen] = (own.length > 0 ? own : said)
    .toReversed()
    .toSorted((one, other) => other.plan.images.length - one.plan.images.length);
  return chosen ?? proofs.at(-1);
}

/** Is its best merge this one? */
export function isProofOf({ plan }: Proof, weights: BlockWeights | undefined): boolean {
  const best = plan.candidates.find(({ name }) => name === 'best');
  return best !== undefined && weights !== undefined && isSameMerge(best.weights, weights);
}

function idsOf({ scorers }: Pick<ProofWanted, 'scorers'>): string {
  return scorers
    .map(({ id }) => id)
    .toSorted()
    .join();
}
