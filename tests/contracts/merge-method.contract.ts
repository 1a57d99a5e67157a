import { describe, expect, it } from 'vitest';
import type { MergeMethod } from '../../src/checkpoints/methods/method.ts';

/**
 * What every merge method keeps. Call it for each method; a new one is one more row of the registry, for which
 * tests/unit/checkpoints/methods.test.ts calls it.
 */
export function describeMergeMethodContract(name: string, create: () => MergeMethod): void {
  describe(`merge method contract: ${name}`, () => {
    const method = create();
    // Powers of two and their sums: no rounding, so that weights 0 and 1 are exact.
    const a = Float32Array.of(1, -2, 0.5, 8, -0.25, 3);
    const b = Float32Array.of(4, 0.5, -1, 2, 16, -5);
    const c = Float32Array.of(1, -2, 0.5, 8, -0.25, 3);
    const models = [a, b, c].slice(0, method.models);
    const apply = (
      weight: number,
      given: readonly Float32Array[] = models,
      out = new Float32Array(a.length),
    ): number[] => {
      const sums = new Float64Array(method.statistics?.size ?? 0);
      method.statistics?.accumulate(given, sums);
      method.combine(given, Float32Array.from(method.coefficients(weight, sums)), out);
      return [...out];
    };

    it('goes by its name', () => {
      expect(method.name).toBe(name);
      expect(method.description).not.toBe('');
    });

    it('is model A at weight 0', () => {
      expect(apply(0)).toEqual([...a]);
    });

    it('is model B at weight 1, where C is A', () => {
      expect(apply(1)).toEqual([...b]);
    });

    it('leaves its models alone, and may write over one of them', () => {
      const before = models.map((model) => [...model]);
      const result = apply(0.3);
      expect(models.map((model) => [...model])).toEqual(before);
      const copies = models.map((model) => model.slice());
      expect(apply(0.3, copies, copies[0])).toEqual(result);
    });

    it('gives the same when the tensor comes in pieces', () => {
      const sums = new Float64Array(method.statistics?.size ?? 0);
      const whole = sums.slice();
      method.statistics?.accumulate(models, whole);
      for (const [from, to] of [
        [0, 1],
        [1, 4],
        [4, 6],
      ] as const) {
        method.statistics?.accumulate(
          models.map((model) => model.subarray(from, to)),
          sums,
        );
      }
      expect([...sums]).toEqual([...whole]);
    });

    it('takes an empty tensor', () => {
      expect(
        apply(
          0.5,
          models.map(() => new Float32Array()),
          new Float32Array(),
        ),
      ).toEqual([]);
    });

    it('keeps NaN, and finite numbers finite from -1 to 2', () => {
      const withNaN = models.map((model) => Float32Array.of(Number.NaN, ...model.slice(1)));
      expect(apply(0.5, withNaN)[0]).toBeNaN();
      for (const weight of [-1, -0.5, 0.25, 1.5, 2]) expect(apply(weight).every(Number.isFinite)).toBe(true);
    });
  });
}
