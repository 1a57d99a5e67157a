import { describe, expect, it } from 'vitest';
import { explainAlong } from '../../../src/importance/explain.ts';
import type { MeasuredRun } from '../../../src/importance/measured.ts';
import type { Slice } from '../../../src/importance/slices.ts';
import { createRng } from '../../../src/optimizers/math/rng.ts';

type Score = (x: readonly number[]) => number;

const hills: Score = (x) => 6 - x.reduce((sum, at, d) => sum + (2 * (at - 0.15 * d) ** 2) / (1 + d), 0);
const waves: Score = (x) => x.reduce((sum, at, d) => sum + Math.sin(4 * at + d) / (1 + d), 0);
const together: Score = (x) =>
  hills(x) - 3 * ((x[0] ?? 0) - 0.5) * ((x[1] ?? 0) - 0.5) - 2 * ((x[2] ?? 0) - 0.5) * ((x[3] ?? 0) - 0.5);

const SIZE = 6;
/** Deviation of what images add to a score. */
const NOISE = 0.1;

function runOf(count: number, score: Score, bounds = { low: 0, high: 1 }): MeasuredRun {
  const random = createRng(11, count);
  const { low, high } = bounds;
  return {
    searched: Array.from({ length: SIZE }, (_, d) => ({ name: `b${d}`, blocks: [`b${d}`], low, high })),
    measured: Array.from({ length: count }, (_, i) => {
      const values = Array.from({ length: SIZE }, () => low + random.uniform() * (high - low));
      return { trial: i + 1, values, score: score(values) + NOISE * random.normal(), images: undefined };
    }),
    noise: undefined,
    iterations: count,
    range: { low: -1, high: 2 },
  };
}

function bestOf({ measured }: MeasuredRun): readonly number[] {
  return measured.reduce((best, one) => (one.score > best.score ? one : best)).values;
}

/** Share of all weights of all curves at which the band holds what is true. */
function covered(slices: readonly Slice[], through: readonly number[], score: Score): number {
  const holds = slices.flatMap(({ curve }, d) =>
    curve.map(({ weight, score: { low, high } }) => {
      const truth = score(through.map((value, k) => (k === d ? weight : value)));
      return truth >= low && truth <= high;
    }),
  );
  return holds.filter(Boolean).length / holds.length;
}

describe('what is expected along a weight', () => {
  it.each([
    ['of hills', hills],
    ['of waves, which are no polynomials', waves],
    ['of blocks that act together', together],
  ])('holds what is true %s', (_, score) => {
    const run = runOf(60, score);
    const through = bestOf(run);
    const { slices } = explainAlong(run, through);
    expect(slices.map(({ name }) => name)).toEqual(run.searched.map(({ name }) => name));
    expect(covered(slices, through, score)).toBeGreaterThan(0.93);
    for (const { value, low, high } of slices.flatMap(({ curve }) => curve.map((one) => one.score))) {
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
  });

  it('is told apart from nothing: a weight that decides much bends its curve, one that decides nothing does not', () => {
    const run = runOf(60, (x) => 4 * (x[0] ?? 0));
    const [first, second] = explainAlong(run, bestOf(run)).slices;
    const rise = (slice: Slice | undefined): number =>
      (slice?.curve.at(-1)?.score.value ?? 0) - (slice?.curve[0]?.score.value ?? 0);
    expect(rise(first)).toBeGreaterThan(3.5);
    expect(Math.abs(rise(second))).toBeLessThan(0.3);
  });

  it('is surer of what was looked at: the band is narrow near the merges and wide far from them', () => {
    const run = runOf(60, hills);
    const measured = run.measured.map((one) => ({
      ...one,
      values: one.values.map((value) => 0.4 + 0.2 * value),
    }));
    const { slices } = explainAlong(
      { ...run, measured },
      Array.from({ length: SIZE }, () => 0.5),
    );
    for (const { curve } of slices) {
      const width = (at: number): number => (curve[at]?.score.high ?? 0) - (curve[at]?.score.low ?? 0);
      expect(width(8)).toBeLessThan(width(0));
      expect(width(8)).toBeLessThan(width(16));
    }
  });

  it('runs from bound to bound, and names the merges whose other weights are most alike', () => {
    const run = runOf(40, hills, { low: -0.5, high: 1.5 });
    const [first] = run.measured;
    const through = (first?.values ?? []).map((value, d) => (d === 2 ? 1.2 : value));
    const slice = explainAlong(run, through).slices[2];
    expect(slice?.curve[0]?.weight).toBe(-0.5);
    expect(slice?.curve.at(-1)?.weight).toBe(1.5);
    expect(slice?.near[0]).toBe(first);
    expect(slice?.near).toHaveLength(12);
  });

  it('is nothing where there is too little, or nobody asks', () => {
    expect(explainAlong(runOf(15, hills), bestOf(runOf(15, hills))).slices).toEqual([]);
    expect(
      explainAlong(
        runOf(20, () => 1),
        undefined,
      ).slices,
    ).toEqual([]);
    expect(explainAlong(runOf(15, hills), undefined).importance).toMatchObject({ enough: false, missing: 1 });
  });

  it('has the best in its data, however long the run', () => {
    const run = runOf(700, hills);
    const measured = run.measured.map((one, i) => (i === 101 ? { ...one, score: 20 } : one));
    const { slices } = explainAlong({ ...run, measured }, measured[101]?.values);
    expect(slices[0]?.near[0]?.score).toBe(20);
    const at = slices[0]?.curve.map(({ score }) => score.high) ?? [];
    const without = explainAlong(run, measured[101]?.values).slices[0]?.curve.map(({ score }) => score.high);
    expect(Math.max(...at)).toBeGreaterThan(Math.max(...(without ?? [])));
  });
});
