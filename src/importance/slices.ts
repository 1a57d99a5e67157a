/** What the score is expected to be when one weight is moved and all others stay as they are in one merge. */
import type { ScoreModel } from '../optimizers/index.ts';
import { FEWEST } from './explain.ts';
import type { Estimate } from './importance.ts';
import type { Measured, MeasuredRun } from './measured.ts';
import { inCube, scoreModelOf } from './score-model.ts';

/** Along one searched weight. */
export interface Slice {
  readonly name: string;
  /** Of the smooth function: neither the noise of images nor what a merge has for itself is in it. Weights rise. */
  readonly curve: readonly { readonly weight: number; readonly score: Estimate }[];
  /** Merges whose other weights are most like those, the most alike first. */
  readonly near: readonly Measured[];
}

/** Merges that the model is made from: more tell little, and cost n³. */
const MOST = 300;
/** The best of them, where precision matters; the others are spread over the run. */
const BEST = 100;
/** Weights of a curve. */
const STEPS = 25;
const NEAR = 12;
/** Deviations of a normal distribution on either side of which 2.5 % lie. */
const SURE = 1.96;

/**
 * @param through weights of the merge, in the order of the searched ones
 * @returns in the order of the searched weights; none where there are too few scores, or all are the same
 */
export function slicesThrough(run: MeasuredRun, through: readonly number[]): Slice[] {
  const { searched, measured } = run;
  if (searched.length === 0 || measured.length < FEWEST) return [];
  if (measured.every(({ score }) => score === measured[0]?.score)) return [];
  const model = scoreModelOf({ ...run, measured: someOf(measured) });
  const { predict, parameters } = model.condition([]);
  const here = inCube(run, through);
  const others = measured.map((one) => ({ one, parts: partsOf(inCube(run, one.values), here, parameters) }));
  return searched.map(({ name, low, high }, d) => ({
    name,
    curve: Array.from({ length: STEPS }, (_, step) => {
      const share = step / (STEPS - 1);
      const point = here.map((value, k) => (k === d ? share : value));
      return { weight: low + share * (high - low), score: estimate(model, predict(point)) };
    }),
    near: others
      .map(({ one, parts }) => ({ one, distance: parts.sum - (parts.squares[d] ?? 0) }))
      .toSorted((a, b) => a.distance - b.distance)
      .slice(0, NEAR)
      .map(({ one }) => one),
  }));
}

function estimate(
  model: ScoreModel,
  { mean, variance }: { readonly mean: number; readonly variance: number },
): Estimate {
  const reach = SURE * Math.sqrt(variance);
  return {
    value: model.toScore(mean),
    low: model.toScore(mean - reach),
    high: model.toScore(mean + reach),
  };
}

/** Squared distances as the model sees them: a weight that decides much counts for more. */
function partsOf(
  point: readonly number[],
  here: readonly number[],
  { relevance }: { readonly relevance: ArrayLike<number> },
): { readonly squares: readonly number[]; readonly sum: number } {
  const squares = point.map((value, d) => ((value - (here[d] ?? 0)) * (relevance[d] ?? 0)) ** 2);
  return { squares, sum: squares.reduce((sum, square) => sum + square, 0) };
}

/** In their order. */
function someOf(measured: readonly Measured[]): readonly Measured[] {
  if (measured.length <= MOST) return measured;
  const ranked = measured.toSorted((a, b) => b.score - a.score);
  const kept = new Set(ranked.slice(0, BEST));
  const others = measured.filter((one) => !kept.has(one));
  const stride = others.length / (MOST - BEST);
  for (let i = 0; i < MOST - BEST; i++) {
    const one = others[Math.floor(i * stride)];
    if (one !== undefined) kept.add(one);
  }
  return measured.filter((one) => kept.has(one));
}
