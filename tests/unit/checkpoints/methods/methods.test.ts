import { describe, expect, it } from 'vitest';
import { mergeMethod, mergeMethodNames } from '../../../../src/checkpoints/methods/registry.ts';
import { PARALLEL_COSINE, slerp } from '../../../../src/checkpoints/methods/slerp.ts';
import { applyMethod, describeMergeMethodContract } from '../../../contracts/merge-method.contract.ts';

for (const name of mergeMethodNames()) describeMergeMethodContract(name, () => mergeMethod(name));

describe('merge methods', () => {
  it('are found by name, with the nearest one for a misspelling', () => {
    expect(mergeMethodNames()).toEqual([
      'weighted-sum',
      'slerp',
      'geometric-sum',
      'tensor-sum',
      'cosine-a',
      'cosine-b',
      'add-difference',
      'train-difference',
      'smooth-add',
      'dare',
      'ties',
      'della',
      'model-stock',
      'geometric-median',
      'karcher',
      'multi-sum',
    ]);
    expect(() => mergeMethod('weigted-sum')).toThrow(
      /There is no merge method "weigted-sum"; choose from weighted-sum, slerp, .*\. Did you mean "weighted-sum"\?/,
    );
  });

  it.each([
    ['weighted-sum', 0.3, [0.1, 0.7], 0.28],
    ['add-difference', 0.5, [0.1, 0.7, 0.4], 0.25],
  ])('%s rounds every step to float32', (name, weight, values, about) => {
    const models = values.map((value) => Float32Array.of(value));
    const out = applyMethod(mergeMethod(name), { weight, models });
    const [a = 0, b = 0, c = a] = models.map(([value]) => value ?? 0);
    expect(out[0]).toBe(Math.fround(a + Math.fround(Math.fround(weight) * Math.fround(b - c))));
    expect(out[0]).toBeCloseTo(about, 6);
  });
});

describe('slerp', () => {
  const tensor = { shape: [2], models: 2, key: 0 };
  /** @param dot product of A and B, then their squares */
  const factors = (weight: number, [dot, aa, bb]: readonly number[]): ArrayLike<number> =>
    slerp.coefficients({ weight }, Float64Array.of(aa ?? 0, dot ?? 0, bb ?? 0), tensor, []);

  it('goes along the circle: half way between right angles', () => {
    const half = Math.SQRT1_2;
    expect(factors(0.5, [0, 1, 1])).toEqual([expect.closeTo(half, 15), expect.closeTo(half, 15)]);
  });

  it.each([
    ['parallel', [1, 1, 1]],
    ['opposite', [-1, 1, 1]],
    ['just above the threshold', [PARALLEL_COSINE + 1e-9, 1, 1]],
    ['with a zero vector', [0, 0, 1]],
    ['with an infinity', [Infinity, Infinity, 1]],
  ])('is linear for vectors that are %s', (_, sums) => {
    expect(factors(0.25, sums)).toEqual([0.75, 0.25]);
  });

  it('is not linear just below the threshold', () => {
    const { 0: fromA = 0 } = factors(0.25, [PARALLEL_COSINE - 1e-9, 1, 1]);
    expect(fromA).toBeGreaterThan(0.75);
    expect(fromA).toBeCloseTo(0.75, 3);
  });
});
