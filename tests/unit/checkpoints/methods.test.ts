import { describe, expect, it } from 'vitest';
import { mergeMethod, mergeMethodNames } from '../../../src/checkpoints/methods/registry.ts';
import { PARALLEL_COSINE, slerp } from '../../../src/checkpoints/methods/slerp.ts';
import { describeMergeMethodContract } from '../../contracts/merge-method.contract.ts';

for (const name of mergeMethodNames()) describeMergeMethodContract(name, () => mergeMethod(name));

describe('merge methods', () => {
  it('are found by name, with the nearest one for a misspelling', () => {
    expect(mergeMethodNames()).toEqual(['weighted-sum', 'add-difference', 'slerp']);
    expect(() => mergeMethod('weigted-sum')).toThrow(
      'There is no merge method "weigted-sum"; there are weighted-sum, add-difference, slerp. Did you mean "weighted-sum"?',
    );
  });

  it.each([
    ['weighted-sum', 0.3, [0.1, 0.7], 0.28],
    ['add-difference', 0.5, [0.1, 0.7, 0.4], 0.25],
  ])('%s rounds every step to float32', (name, weight, values, about) => {
    const out = new Float32Array(1);
    const models = values.map((value) => Float32Array.of(value));
    const method = mergeMethod(name);
    method.combine(models, Float32Array.from(method.coefficients(weight, new Float64Array())), out);
    const [a = 0, b = 0, c = a] = models.map(([value]) => value ?? 0);
    expect(out[0]).toBe(Math.fround(a + Math.fround(Math.fround(weight) * Math.fround(b - c))));
    expect(out[0]).toBeCloseTo(about, 6);
  });
});

describe('slerp', () => {
  it('goes along the circle: half way between right angles', () => {
    const half = Math.SQRT1_2;
    expect(slerp.coefficients(0.5, Float64Array.of(0, 1, 1))).toEqual([
      expect.closeTo(half, 15),
      expect.closeTo(half, 15),
    ]);
  });

  it.each([
    ['parallel', [1, 1, 1]],
    ['opposite', [-1, 1, 1]],
    ['just above the threshold', [PARALLEL_COSINE + 1e-9, 1, 1]],
    ['with a zero vector', [0, 0, 1]],
    ['with an infinity', [Infinity, Infinity, 1]],
  ])('is linear for vectors that are %s', (_, sums) => {
    expect(slerp.coefficients(0.25, Float64Array.from(sums))).toEqual([0.75, 0.25]);
  });

  it('is not linear just below the threshold', () => {
    const [fromA = 0] = slerp.coefficients(0.25, Float64Array.of(PARALLEL_COSINE - 1e-9, 1, 1));
    expect(fromA).toBeGreaterThan(0.75);
    expect(fromA).toBeCloseTo(0.75, 3);
  });
});
