import { describe, expect, it } from 'vitest';
import type { MergeMethod } from '../../src/checkpoints/methods/method.ts';
import type { ParameterValues } from '../../src/checkpoints/methods/parameter.ts';

export interface Applied {
  readonly weight: number;
  readonly models: readonly Float32Array[];
  readonly shape?: readonly number[];
  readonly out?: Float32Array;
  readonly values?: ParameterValues;
  readonly key?: number;
}

/** A method on one tensor that is in memory as a whole, as if it were the only one of a merge. */
export function applyMethod(
  method: MergeMethod,
  { weight, models, shape, out, values = {}, key = 12345 }: Applied,
): Float32Array {
  const length = models[0]?.length ?? 0;
  const tensor = { shape: shape ?? [length], models: models.length, key };
  const usual = Object.fromEntries(method.parameters.map((parameter) => [parameter.name, parameter.default]));
  const all = { ...usual, ...values, weight };
  const measured = measureIn(method, models, tensor.shape, all, [length]);
  const overall = method.overall?.([measured]) ?? [];
  const result = out ?? new Float32Array(length);
  const factors = Float32Array.from(method.coefficients(all, measured, tensor, overall));
  method.combine(models, factors, result, { tensor, first: 0, before: 0, values: all });
  return result;
}

function measureIn(
  { measure }: MergeMethod,
  models: readonly Float32Array[],
  shape: readonly number[],
  values: ParameterValues,
  ends: readonly number[],
): Float64Array {
  if (measure === undefined) return new Float64Array();
  const measurement = measure.start({ shape, models: models.length, key: 12345 }, values);
  for (let pass = 0; pass < measure.passes; pass++) {
    for (const [i, end] of ends.entries()) {
      const first = ends[i - 1] ?? 0;
      measurement.add(
        models.map((model) => model.subarray(first, end)),
        first,
        pass,
      );
    }
  }
  return measurement.result();
}

/**
 * What every merge method keeps. Call it for each method; a new one is one more row of the registry, for which
 * tests/unit/checkpoints/methods/methods.test.ts calls it.
 */
export function describeMergeMethodContract(name: string, create: () => MergeMethod): void {
  describe(`merge method contract: ${name}`, () => {
    const method = create();
    const count = Math.min(4, method.models.most);
    // Powers of two and their sums: no rounding, so that weights 0 and 1 are exact.
    const a = Float32Array.of(1, -2, 0.5, 8, -0.25, 3);
    const b = Float32Array.of(4, 0.5, -1, 2, 16, -5);
    const c = Float32Array.of(1, -2, 0.5, 8, -0.25, 3);
    const d = Float32Array.of(2, -4, 0.25, 4, -0.5, 5);
    const models = [a, b, c, d].slice(0, count);
    const [weightRange] = method.parameters;
    const isSame = (result: readonly number[], model: Float32Array): boolean =>
      result.every((value, i) => value === model[i]);
    const apply = (weight: number, more: Partial<Applied> = {}): number[] => [
      ...applyMethod(method, { weight, models, shape: [3, 2], ...more }),
    ];

    it('goes by its name, says where it is from, and has a weight first', () => {
      expect(method.name).toBe(name);
      expect(method.description).not.toBe('');
      expect(method.source).not.toBe('');
      expect(weightRange).toMatchObject({ name: 'weight', kind: 'number', per: 'block' });
    });

    it('has usual values within their ranges, and names once', () => {
      const names = method.parameters.map((parameter) => parameter.name);
      expect(new Set(names).size).toBe(names.length);
      const wrong = method.parameters.filter((parameter) =>
        parameter.kind === 'choice'
          ? !parameter.choices.includes(parameter.default)
          : parameter.default < parameter.min || parameter.default > parameter.max,
      );
      expect(wrong).toEqual([]);
    });

    it('is model A at weight 0, if it says so', () => {
      // Columns of one element are alike or opposite, so that methods that go by columns cannot be A.
      expect(isSame(apply(0, { shape: [1, 6] }), a)).toBe(method.isAAtZero);
    });

    it('is model B at weight 1, where C is A, if it says so', () => {
      const two = models.slice(0, Math.min(3, method.models.most === 3 ? 3 : method.models.least));
      expect(isSame(apply(1, { models: two }), b)).toBe(method.isBAtOne);
    });

    it('leaves its models alone, and may write over one of them unless it takes rows', () => {
      const before = models.map((model) => [...model]);
      const result = apply(0.3);
      expect(models.map((model) => [...model])).toEqual(before);
      if (method.rows !== undefined) return;
      const copies = models.map((model) => model.slice());
      const [out] = copies;
      expect(apply(0.3, { models: copies, ...(out && { out }) })).toEqual(result);
    });

    it('measures the same when the tensor comes in pieces', () => {
      const usual = Object.fromEntries(
        method.parameters.map((parameter) => [parameter.name, parameter.default]),
      );
      const whole = measureIn(method, models, [3, 2], usual, [6]);
      expect(measureIn(method, models, [3, 2], usual, [1, 4, 6])).toEqual(whole);
      const size = method.measure?.size({ shape: [3, 2], models: models.length, key: 0 }) ?? 0;
      expect(whole).toHaveLength(size);
    });

    it('combines the same when the tensor comes in pieces of rows', () => {
      if (method.rows !== undefined && method.rows.halo > 0) return;
      const usual = Object.fromEntries(
        method.parameters.map((parameter) => [parameter.name, parameter.default]),
      );
      const values = { ...usual, weight: 0.3 };
      const tensor = { shape: [3, 2], models: models.length, key: 12345 };
      const measured = measureIn(method, models, [3, 2], values, [6]);
      const factors = Float32Array.from(
        method.coefficients(values, measured, tensor, method.overall?.([measured]) ?? []),
      );
      const pieces = [0, 2].map((first) => {
        const out = new Float32Array(first === 0 ? 2 : 4);
        const parts = models.map((model) => model.subarray(first, first + out.length));
        method.combine(parts, factors, out, { tensor, first, before: 0, values });
        return [...out];
      });
      expect(pieces.flat()).toEqual(apply(0.3));
    });

    it('takes an empty tensor, a number alone and equal models', () => {
      expect(apply(0.5, { models: models.map(() => new Float32Array()), shape: [0, 4] })).toEqual([]);
      const numbers = models.map((model) => model.slice(0, 1));
      expect(apply(0.5, { models: numbers, shape: [] }).every(Number.isFinite)).toBe(true);
      const equal = apply(0.5, { models: models.map(() => a) });
      for (const [i, value] of equal.entries()) expect(value).toBeCloseTo(a[i] ?? 0, 5);
    });

    it('keeps NaN or says that it may not, and finite numbers finite in the range of the weight', () => {
      const withNaN = models.map((model) => Float32Array.of(Number.NaN, ...model.slice(1)));
      expect(Number.isNaN(apply(0.5, { models: withNaN })[0]) || method.hidesNonFinite).toBe(true);
      if (weightRange === undefined || weightRange.kind === 'choice') throw new Error('no weight');
      for (const weight of [-1, -0.5, 0.25, 1.5, 2]) {
        if (weight < weightRange.min || weight > weightRange.max) continue;
        expect(apply(weight).every(Number.isFinite)).toBe(true);
      }
    });
  });
}
