import { describe, expect, it } from 'vitest';
import type { CandidateImages, CandidateName, ProofPlan } from '../../../src/proof/proof.ts';
import { planProof, knownImages, openProof } from '../../../src/proof/plan-proof.ts';
import { proofsOf } from '../../../src/proof/read-proofs.ts';
import { verdictOf } from '../../../src/proof/verdict.ts';
import type { JournalRecord } from '../../../src/journal/record.ts';

const COUNT = 10;
const IMAGES = Array.from({ length: COUNT }, (_, i) => ({ request: `proof/a/${i}`, index: 0 }));
const planOf = (weights: Readonly<Partial<Record<CandidateName, number>>>): ProofPlan => ({
  proof: 1,
  candidates: (['best', 'runner-up', 'A', 'B', 'half'] as const).flatMap((name) => {
    const weight = weights[name];
    return weight === undefined ? [] : [{ name, trial: null, weights: { IN00: weight } }];
  }),
  requests: IMAGES.map(({ request: id }, i) => ({
    id,
    payload: 'a',
    prompt: '',
    negativePrompt: '',
    reverseScoring: false,
    seeds: [i],
    body: {},
  })),
  images: IMAGES,
  scorers: [],
});

/** The score of every image, and something of its own for each. */
function resultsOf(
  plan: ProofPlan,
  scores: Readonly<Partial<Record<CandidateName, number>>>,
): CandidateImages[] {
  return plan.candidates.map((candidate, c) => ({
    candidate,
    missing: [],
    images: IMAGES.map((image, i) => ({
      ...image,
      payload: 'a',
      seed: i,
      score: (scores[candidate.name] ?? 0) + 0.01 * ((7 * i + 3 * c) % 5) + 0.1 * i,
      raw: {},
      pixels: `${c}-${i}`,
      seconds: 1,
    })),
  }));
}

const ALL = { best: 0.8, 'runner-up': 0.7, A: 0, B: 1, half: 0.5 };
const judge = (weights: Parameters<typeof planOf>[0], scores: Parameters<typeof resultsOf>[1]) => {
  const plan = planOf(weights);
  return verdictOf(plan, resultsOf(plan, scores), { look: 1 });
};

describe('a verdict', () => {
  it('is proved when the best beats all that it is compared with', () => {
    const verdict = judge(ALL, { best: 1, 'runner-up': 0.9, A: 0.2, B: 0.3, half: 0.4 });
    expect(verdict).toMatchObject({ winner: 'best', isProved: true, images: COUNT, level: 0.95 });
    expect(verdict.comparisons.map(({ of, against }) => `${of} ${against}`)).toEqual([
      'best A',
      'best B',
      'best half',
      'runner-up A',
      'runner-up B',
      'runner-up half',
      'runner-up best',
    ]);
  });

  it('is not proved when one of them is as good', () => {
    expect(judge(ALL, { best: 1, 'runner-up': 0.9, A: 1, B: 0.3, half: 0.4 }).isProved).toBe(false);
  });

  it('names a runner-up that is better', () => {
    const verdict = judge(ALL, { best: 0.5, 'runner-up': 0.9, A: 0.2, B: 0.3, half: 0.4 });
    expect(verdict).toMatchObject({ winner: 'runner-up', isProved: true });
  });

  it('proves nothing where the winner is model A or B by itself', () => {
    const all = { 'runner-up': 0.9, A: 0.2, B: 0.3, half: 0.4 };
    const verdict = judge({ ...ALL, best: 0 }, { ...all, best: 1 });
    expect(verdict.comparisons.filter(({ of }) => of === 'best')).toMatchObject([
      { against: 'B', result: 'better' },
      { against: 'half', result: 'better' },
    ]);
    expect(verdict.isProved).toBe(false);
    expect(judge({ ...ALL, best: 1 }, { ...all, best: 1 }).isProved).toBe(false);
    expect(judge({ ...ALL, best: 0.5 }, { ...all, best: 1 }).isProved).toBe(true);
  });

  it('has no mean of a candidate without images', () => {
    const plan = planOf(ALL);
    const results = resultsOf(plan, {}).map((one) =>
      one.candidate.name === 'B' ? { ...one, images: [] } : one,
    );
    const { means } = verdictOf(plan, results, { look: 1 });
    expect(means.map(({ name }) => name)).toEqual(['best', 'runner-up', 'A', 'half']);
  });

  it('compares nothing with its equal, and proves nothing by nothing', () => {
    const same = judge({ best: 0.5, A: 0, half: 0.5 }, { best: 1, A: 0.2, half: 1 });
    expect(same.comparisons.map(({ against }) => against)).toEqual(['A']);
    expect(judge({ best: 0.5 }, { best: 1 })).toMatchObject({ comparisons: [], isProved: false });
  });
});

describe('proofs of a journal', () => {
  const plan = planOf(ALL);
  const time = { at: '', evaluation: 1, iteration: 1 };
  const proving: JournalRecord = {
    kind: 'proving',
    proof: 1,
    candidates: plan.candidates.map((candidate) => ({ ...candidate })),
    requests: plan.requests.map((request) => ({ ...request, seeds: [...request.seeds], body: {} })),
    images: IMAGES,
    scorers: [],
    judging: 'x',
    time,
  };
  const [first] = resultsOf(plan, {});
  const proved: JournalRecord = {
    kind: 'proved',
    proof: 1,
    candidate: 'best',
    images: (first?.images ?? []).map((image) => ({ ...image, raw: {} })),
    time,
  };
  const measure = { scorers: [], judging: 'x' };

  it('go on where nothing was measured since, by the same scorers', () => {
    const proofs = proofsOf([proving, proved]);
    const [best, runnerUp] = plan.candidates;
    expect(openProof(proofs, measure, best)?.results).toHaveLength(1);
    expect(openProof(proofs, { ...measure, judging: 'y' }, best)).toBeUndefined();
    expect(openProof(proofs, measure, runnerUp)).toBeUndefined();
    const more: JournalRecord = { kind: 'doubted', trials: [1], reason: '', time };
    expect(openProof(proofsOf([proving, proved, more]), measure, best)).toBeUndefined();
  });

  it('take a candidate back by a record without images', () => {
    const back: JournalRecord = { ...proved, images: [] };
    expect(proofsOf([proving, proved, back])[0]?.results).toEqual([]);
  });

  it('leave out candidates that this version does not know', () => {
    const newer: JournalRecord = {
      ...proving,
      candidates: [...proving.candidates, { name: 'third', trial: 1, weights: {} }],
    };
    expect(proofsOf([newer])[0]?.plan.candidates).toHaveLength(5);
  });

  it('lend their images to a later one of the same merge and requests', () => {
    const proofs = proofsOf([proving, proved]);
    const [best, runnerUp] = plan.candidates;
    if (best === undefined || runnerUp === undefined) throw new Error('there are two');
    expect(knownImages(proofs, plan, { ...best, name: 'runner-up' }).size).toBe(COUNT);
    expect(knownImages(proofs, plan, runnerUp).size).toBe(0);
    const others = plan.requests.map((request) => ({ ...request, seeds: [99] }));
    expect(knownImages(proofs, { ...plan, requests: others }, best).size).toBe(0);
  });

  it('count as looks only when they came to a verdict by the same scorers', () => {
    const told: JournalRecord = {
      kind: 'verdict',
      proof: 1,
      verdict: { ...verdictOf(plan, resultsOf(plan, {}), { look: 1 }) },
      time,
    };
    const search = {
      requests: plan.requests.map((request) => ({ ...request, seeds: [...request.seeds], body: {} })),
      optimizer: { name: 'random', seed: 1, options: {}, second: null },
    };
    const lookAfter = (records: readonly JournalRecord[], judging: string): number =>
      planProof(search, proofsOf(records), { count: 20, candidates: plan.candidates, scorers: [], judging })
        .look;
    expect(lookAfter([proving, proved], 'x')).toBe(1);
    expect(lookAfter([proving, proved, told], 'x')).toBe(2);
    expect(lookAfter([proving, proved, told], 'y')).toBe(1);
  });
});
