import { describe, expect, it } from 'vitest';
import type { CandidateName, Comparison, ProofPlan, Verdict } from '../../../src/proof/proof.ts';
import { wordsOf } from '../../../src/proof/words.ts';

const PLAN: ProofPlan = {
  proof: 1,
  candidates: [
    { name: 'best', trial: 37, weights: { IN00: 1 } },
    { name: 'runner-up', trial: 12, weights: { IN00: 0.5 } },
    { name: 'A', trial: null, weights: { IN00: 0 } },
  ],
  requests: [],
  images: [],
  scorers: [{ id: 'quality', version: '1', weight: 1 }],
};

const comparison = (of: CandidateName, against: CandidateName, over: Partial<Comparison>): Comparison => ({
  of,
  against,
  images: 48,
  better: 41,
  worse: 7,
  mean: 0.31,
  low: 0.24,
  high: 0.38,
  result: 'better',
  needed: null,
  ...over,
});

const verdict = (comparisons: Comparison[], winner: CandidateName = 'best'): Verdict => ({
  images: 48,
  level: 0.95,
  means: [],
  comparisons,
  winner,
  isProved: false,
});
const say = (...given: Parameters<typeof verdict>): string[] =>
  wordsOf(PLAN, verdict(...given), { run: 'O' });

describe('a verdict in words', () => {
  it('says who is better, on how many images and by how much', () => {
    expect(say([comparison('best', 'B', {})])).toEqual([
      'Proof on 48 images of fresh seeds, judged by quality:',
      'The best (iteration 37) is better than model B on 41 of 48 images, +0.31 (95 %: 0.24 to 0.38).',
    ]);
  });

  it('says how many images would be needed, and what to type', () => {
    const undecided = {
      result: 'undecided',
      images: 24,
      mean: 0.02,
      low: -0.03,
      high: 0.071,
      needed: 96,
    } as const;
    expect(say([comparison('best', 'A', undecided)])[1]).toBe(
      'The best (iteration 37) was not shown to be better than model A on 24 images, +0.020 (95 %: −0.030 to 0.071): about 96 would be needed (autombw prove O --prove 96).',
    );
    expect(say([comparison('best', 'A', { ...undecided, needed: 1_068_183 })])[1]).toMatch(
      /0\.071\): more than 1000 would be needed\.$/,
    );
  });

  it('asks for no more images where it looks worse, or the same', () => {
    const worse = { result: 'undecided', mean: -0.2, low: -0.5, high: 0.1, needed: 96 } as const;
    expect(say([comparison('best', 'half', worse)])[1]).toBe(
      'The best (iteration 37) is not better than half of each, −0.20 (95 %: −0.50 to 0.10).',
    );
    const same = { result: 'undecided', mean: 0, low: 0, high: 0, better: 0, worse: 0 } as const;
    expect(say([comparison('best', 'half', same)])[1]).toBe(
      'The best (iteration 37) scores the same as half of each on all 48 images.',
    );
  });

  it('says when it is worse', () => {
    const worse = { result: 'worse', mean: -0.31, low: -0.4, high: -0.2, better: 3, worse: 45 } as const;
    expect(say([comparison('best', 'A', worse)])[1]).toBe(
      'The best (iteration 37) is worse than model A on 45 of 48 images, −0.31 (95 %: −0.40 to −0.20).',
    );
  });

  it('names a runner-up that proves better, and what to type to use it', () => {
    const words = say(
      [comparison('best', 'A', {}), comparison('runner-up', 'A', {}), comparison('runner-up', 'best', {})],
      'runner-up',
    );
    expect(words[1]).toBe(
      'The runner-up (iteration 12) is better than the best (iteration 37) on 41 of 48 images, +0.31 (95 %: 0.24 to 0.38). Use its weights with: autombw merge --run O --iteration 12 --output FILE',
    );
    expect(words[2]).toContain('The runner-up (iteration 12) is better than model A');
    expect(words).toHaveLength(3);
  });

  it('says that the winner is model A itself', () => {
    const [best, ...others] = PLAN.candidates;
    if (best === undefined) throw new Error('there is one');
    const plan = { ...PLAN, candidates: [{ ...best, trial: 1, weights: { IN00: 0 } }, ...others] };
    const words = wordsOf(plan, verdict([comparison('best', 'B', {})]), { run: 'O' });
    expect(words[1]).toBe(
      'The best (iteration 1) is model A itself, not a merge, so there is nothing to prove.',
    );
  });

  it('has a sentence for every pair that could not be compared', () => {
    const candidates = [...PLAN.candidates, { name: 'B' as const, trial: null, weights: { IN00: 0.9 } }];
    const means = [
      { name: 'best', mean: 1, images: 40 },
      { name: 'runner-up', mean: 1, images: 8 },
      { name: 'B', mean: 1, images: 48 },
    ] as const;
    const told = { ...verdict([comparison('best', 'B', {})]), means };
    expect(wordsOf({ ...PLAN, candidates }, told, { run: 'O' }).slice(2)).toEqual([
      'The best (iteration 37) could not be compared with the runner-up (iteration 12): too few seeds produced an image of both.',
      'The best (iteration 37) could not be compared with model A: only 0 of 48 images of model A were drawn.',
    ]);
  });

  it('warns of what few images do not show, where they carry a claim', () => {
    const warning = 'So few images can easily miss a fault that shows in only one image in ten.';
    expect(say([comparison('best', 'B', { images: 23 })]).at(-1)).toBe(warning);
    expect(say([comparison('best', 'B', { images: 24 })])).not.toContain(warning);
    expect(say([comparison('best', 'B', { images: 23, result: 'undecided' })])).not.toContain(warning);
  });

  it('says that it is a later look, and where nothing could be shown by it', () => {
    const undecided = { result: 'undecided', images: 8, mean: 0.48, low: 0, high: 0.49, needed: 10 } as const;
    const look = (number: number): string | undefined =>
      wordsOf(PLAN, { ...verdict([comparison('best', 'A', undecided)]), look: number }, { run: 'O' })[2];
    expect(look(1)).toBeUndefined();
    expect(look(2)).toBe(
      'This is test 2 on these seeds with the same scorers, and each further test requires clearer differences.',
    );
    expect(look(3)).toBe(
      `${look(2)?.replace('2', '3')} 8 images cannot show that, however clear they are: at least 9 are needed.`,
    );
  });

  it('has nothing to say of a single image', () => {
    expect(say([])[1]).toBe('So few images cannot show anything.');
  });
});
