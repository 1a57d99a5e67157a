import { describe, expect, it } from 'vitest';
import { chooseProof } from '../../../src/proof/choose-proof.ts';
import type { Proof } from '../../../src/proof/proof.ts';
import { proofOf } from '../../helpers/make-report-run.ts';

interface Parts {
  readonly weight?: number;
  readonly images?: number;
  readonly scorer?: string;
  readonly isFinished?: boolean;
}

function proof(
  number: number,
  { weight = 0.75, images = 4, scorer = 'quality', isFinished = true }: Parts,
): Proof {
  const { plan, results, verdict } = proofOf();
  return {
    plan: {
      ...plan,
      proof: number,
      candidates: [{ name: 'best', trial: 5, weights: { IN00: weight } }],
      images: Array.from({ length: images }, (_, index) => ({ request: 'p/0', index })),
      scorers: [{ id: scorer, version: '1', weight: 1 }],
    },
    results,
    verdict: isFinished ? verdict : null,
  };
}

describe('the proof that is told of', () => {
  it.each<readonly [what: string, parts: readonly Parts[], chosen: number | undefined]>([
    ['none', [], undefined],
    ['the last of equals', [{}, {}], 2],
    ['the finished one', [{}, { isFinished: false, images: 48 }], 1],
    ['that of the recommended merge', [{}, { weight: 0.25, images: 48 }], 1],
    ['that with the most images', [{ images: 48 }, { images: 8 }], 1],
    ["that of the run's own scorer", [{}, { scorer: 'other', images: 48 }], 1],
    [
      'that of another scorer where there is no other',
      [{ isFinished: false }, { scorer: 'other' }, { weight: 0.25 }],
      2,
    ],
    [
      'the last where none is of the recommended merge',
      [{ weight: 0.25 }, { weight: 0.5, isFinished: false }],
      2,
    ],
  ])('is %s', (_, parts, chosen) => {
    const proofs = parts.map((one, i) => proof(i + 1, one));
    const wanted = { weights: { IN00: 0.75, OUT: 0 }, scorers: [{ id: 'quality' }] };
    expect(chooseProof(proofs, wanted)?.plan.proof).toBe(chosen);
  });
});
