/** Which merge with fewer LoRAs is as good as the best one. */
import { describe, expect, it } from 'vitest';
import { sparserThan, type SparseChoice } from '../../../src/run/sparse-best.ts';
import { tally } from '../../../src/score/tally.ts';
import type { BlockWeights, EvaluatedTrial } from '../../../src/types.ts';

interface Given {
  readonly weights: BlockWeights;
  /** By image; undefined = it has none. */
  readonly scores: readonly (number | undefined)[];
}

/** The first one is the best. */
function choose(trials: readonly Given[], name = 'arithmetic-mean'): SparseChoice | undefined {
  const rows = new Map<number, Given['scores']>();
  const [best, ...others] = trials.map(({ weights, scores }, n): EvaluatedTrial => {
    rows.set(n, scores);
    const present = scores.filter((score) => score !== undefined);
    return {
      state: 'scored',
      source: { kind: 'measured' },
      id: n,
      origin: 'optimizer',
      point: [],
      weights,
      score: tally(name, present),
      images: [],
      time: { at: '2026-01-01T00:00:00.000Z', evaluation: 1, iteration: 1 },
    };
  });
  if (best === undefined) throw new Error('there is no best');
  const scores = {
    row: ({ id }: Pick<EvaluatedTrial, 'id'>) => rows.get(id) ?? [],
    tally: (values: readonly number[]) => tally(name, values),
  };
  return sparserThan(best, others, { scores, architecture: 'sd1' });
}

const BEST: Given = { weights: { 'lora:a': 1, 'lora:b': 0.5 }, scores: [5, 6, 7, 8] };
/** Of differences -1, 0, 1, 2 from the best: mean 0.5, standard deviation 1.29, standard error 0.645. */
const NEAR: Given = { weights: { 'lora:a': 1, 'lora:b': 0 }, scores: [6, 6, 6, 6] };

describe('a merge with fewer LoRAs', () => {
  it('is as good within one standard error of the paired difference', () => {
    const choice = choose([BEST, NEAR]);
    expect(choice?.trial.id).toBe(1);
    expect(choice).toMatchObject({ difference: 0.5, images: 4, without: ['b'] });
    expect(choice?.standardError).toBeCloseTo(Math.sqrt(5 / 3 / 4), 12);
    // A difference that is the same on every image is no noise.
    expect(choose([BEST, { ...NEAR, scores: [4.9, 5.9, 6.9, 7.9] }])).toBeUndefined();
    expect(choose([BEST, { ...NEAR, scores: BEST.scores }])).toMatchObject({
      difference: 0,
      standardError: 0,
    });
  });

  it('is compared on the images that both have', () => {
    expect(choose([BEST, { ...NEAR, scores: [undefined, 6, 7, 8] }])).toMatchObject({
      difference: 0,
      images: 3,
    });
    expect(choose([BEST, { ...NEAR, scores: [undefined, undefined, undefined, 7] }])).toBeUndefined();
    expect(choose([BEST, { ...NEAR, scores: [undefined, undefined, undefined, 8] }])).toMatchObject({
      images: 1,
      standardError: 0,
    });
    expect(
      choose([
        { ...BEST, scores: [5, undefined] },
        { ...NEAR, scores: [undefined, 9] },
      ]),
    ).toBeUndefined();
  });

  it('has the fewest of those as good, then the weakest, whatever their scores', () => {
    const alike = (weights: BlockWeights): Given => ({ weights, scores: NEAR.scores });
    const better = { weights: { 'lora:a': 0.9, 'lora:b': 0 }, scores: [7, 7, 7, 7] };
    expect(choose([BEST, better, alike({ 'lora:a': 0.2, 'lora:b': 0.1 })])?.trial.id).toBe(1);
    expect(choose([BEST, better, alike({ 'lora:a': -0.4, 'lora:b': 0 })])?.trial.id).toBe(2);
    // Weaker in half of the blocks is weaker; 0.5 in some is less than 0.3 in all.
    expect(choose([BEST, alike({ 'lora:a': 0.3 }), alike({ 'lora:a@IN*': 0.5 })])?.trial.id).toBe(2);
    // As many, and weaker.
    expect(choose([BEST, alike({ 'lora:a': 0.5, 'lora:b': 0.5 })])).toMatchObject({ without: [] });
    expect(choose([BEST, alike({ 'lora:a': -1, 'lora:b': -0.5 })])).toBeUndefined();
  });

  it('is a merge: model A by itself is none, but a merge of blocks without LoRAs is', () => {
    expect(
      choose([BEST, { weights: { IN00: 0, 'lora:a': 0, 'lora:b': 0 }, scores: [9, 9, 9, 9] }]),
    ).toBeUndefined();
    expect(
      choose([BEST, { weights: { IN00: 0.5, 'lora:a': 0, 'lora:b': 0 }, scores: [9, 9, 9, 9] }]),
    ).toMatchObject({ without: ['a', 'b'] });
  });

  it('is judged by the tally of the run', () => {
    const scores = [5, 6, 7, 40];
    expect(choose([{ ...BEST, scores }, NEAR])).toBeDefined();
    expect(choose([{ ...BEST, scores: [6.5, 6.5, 6.5, 40] }, NEAR], 'median')).toBeUndefined();
  });
});
