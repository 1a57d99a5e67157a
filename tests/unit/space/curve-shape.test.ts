/** The shapes of a curve over depth, and the knots that come nearest to given weights. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitKnots } from '../../../src/space/curve-fit.ts';
import { CURVE_SHAPES, depths, weightsOnCurve, type CurveShape } from '../../../src/space/curve.ts';

/** A curve with so many places and knots, and weights at the knots. */
const curves = (shape: CurveShape, low = -1, high = 2) =>
  fc.integer({ min: 1, max: 60 }).chain((places) =>
    fc.integer({ min: 1, max: Math.min(places, 12) }).chain((knots) =>
      fc.record({
        curve: fc.constant({ shape, blocks: Array.from({ length: places }, (_, i) => [`b.${i}`]) }),
        at: fc.constant(depths(knots)),
        values: fc.array(fc.double({ min: low, max: high, noNaN: true }), {
          minLength: knots,
          maxLength: knots,
        }),
      }),
    ),
  );

describe('a curve', () => {
  it.each(CURVE_SHAPES)('%s stays between the two knots beside a block', (shape) => {
    fc.assert(
      fc.property(curves(shape), ({ curve, at, values }) => {
        const weights = weightsOnCurve(curve, at, values);
        for (const [place, depth] of depths(curve.blocks.length).entries()) {
          const before = values[at.findLastIndex((knot) => knot <= depth)] ?? Number.NaN;
          const after = values[at.findIndex((knot) => knot >= depth)] ?? before;
          expect(weights[place]).toBeGreaterThanOrEqual(Math.min(before, after) - 1e-12);
          expect(weights[place]).toBeLessThanOrEqual(Math.max(before, after) + 1e-12);
        }
      }),
    );
  });

  it('monotone rises all along where its knots rise', () => {
    fc.assert(
      fc.property(curves('monotone'), ({ curve, at, values }) => {
        const weights = weightsOnCurve(
          curve,
          at,
          values.toSorted((a, b) => a - b),
        );
        for (const [place, weight] of weights.slice(1).entries())
          expect(weight).toBeGreaterThanOrEqual((weights[place] ?? 0) - 1e-12);
      }),
    );
  });

  it('linear is straight between knots, and monotone is smooth there', () => {
    const blocks = depths(9).map((depth) => [String(depth)]);
    const [at, values] = [
      [0, 0.5, 1],
      [0, 0.4, 1],
    ];
    const expected = [0, 0.1, 0.2, 0.3, 0.4, 0.55, 0.7, 0.85, 1];
    weightsOnCurve({ shape: 'linear', blocks }, at, values).forEach((weight, i) =>
      expect(weight).toBeCloseTo(expected[i] ?? Number.NaN, 12),
    );
    const smooth = weightsOnCurve({ shape: 'monotone', blocks }, at, values);
    // Slope at the middle knot: mean of the secants, 0.8 and 1.2. With end slopes 0.8 and 1.2 the cubics are known.
    const cubic = (t: number, [left, right, out, into]: readonly [number, number, number, number]): number =>
      (2 * t ** 3 - 3 * t ** 2 + 1) * left +
      (t ** 3 - 2 * t ** 2 + t) * 0.5 * out +
      (3 * t ** 2 - 2 * t ** 3) * right +
      (t ** 3 - t ** 2) * 0.5 * into;
    expect(smooth[1]).toBeCloseTo(cubic(0.25, [0, 0.4, 0.8, 1]), 12);
    expect(smooth[6]).toBeCloseTo(cubic(0.5, [0.4, 1, 1, 1.2]), 12);
    expect(smooth[4]).toBe(0.4);
  });

  it('monotone is flat at a knot that is the highest or the lowest, and never leaves its knots', () => {
    const blocks = depths(9).map((depth) => [String(depth)]);
    const at = [0, 0.5, 1];
    const peak = weightsOnCurve({ shape: 'monotone', blocks }, at, [0, 1, 0.2]);
    expect(Math.max(...peak)).toBe(1);
    expect(peak[4]).toBe(1);
    // Flat at the peak: the cubic with a slope of 0 there and that of the secant at the end.
    const near = 1 - (1 - 0.75) ** 2 * (1 + 2 * 0.75) + 0.5 * 0.75 * 0.25 ** 2 * 2;
    expect(peak[3]).toBeCloseTo(near, 12);
    const steep = weightsOnCurve({ shape: 'monotone', blocks }, at, [0, 0.01, 1]);
    expect(steep).toEqual(steep.toSorted((a, b) => a - b));
    // The slope at the middle knot is held to three times the flat secant, 0.06.
    expect(steep[3]).toBeLessThan(0.01);
    expect(steep[3]).toBeGreaterThan(0.004);
  });

  it('linear is found again from its weights', () => {
    fc.assert(
      fc.property(curves('linear'), ({ curve, at, values }) => {
        const knots = at.map((depth) => ({ at: depth, low: -1, high: 2 }));
        const found = fitKnots(curve, knots, weightsOnCurve(curve, at, values));
        found.forEach((value, k) => expect(value).toBeCloseTo(values[k] ?? Number.NaN, 6));
      }),
    );
  });

  it.each(CURVE_SHAPES)(
    '%s comes nearer to any weights than its neighbours do, within the bounds',
    (shape) => {
      const errorOf = (weights: readonly number[], wanted: readonly number[]): number =>
        weights.reduce((sum, weight, i) => sum + (weight - (wanted[i] ?? 0)) ** 2, 0);
      fc.assert(
        fc.property(
          curves(shape, 0, 1),
          fc.infiniteStream(fc.double({ min: -0.5, max: 1.5, noNaN: true })),
          ({ curve, at, values }, stream) => {
            const wanted = curve.blocks.map(() => stream.next().value);
            const knots = at.map((depth) => ({ at: depth, low: 0, high: 1 }));
            const found = fitKnots(curve, knots, wanted);
            expect(found.every((value) => value >= 0 && value <= 1)).toBe(true);
            const least = errorOf(weightsOnCurve(curve, at, found), wanted);
            const straight = { shape: 'linear' as const, blocks: curve.blocks };
            // A monotone curve is looked for from the linear one; that it is the best of all is not promised.
            const others =
              shape === 'linear'
                ? [values, found.map((value) => 0.9 * value)]
                : [fitKnots(straight, knots, wanted)];
            for (const other of others)
              expect(least).toBeLessThanOrEqual(errorOf(weightsOnCurve(curve, at, other), wanted) + 1e-9);
          },
        ),
      );
    },
  );
});
