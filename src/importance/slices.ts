/** What the score is expected to be when one weight is moved and all others stay as they are in one merge. */
import type { ScoreModel } from '../optimizers/index.ts';
import { inCube, type FittedRun } from './fitted-run.ts';
import type { Estimate } from './importance.ts';
import type { Measured } from './measured.ts';
import { mixture, type Expectation } from './model/expansion.ts';

/** Along one searched weight. */
export interface Slice {
  readonly name: string;
  /** Of the smooth function: neither the noise of images nor what a merge has for itself is in it. Weights rise. */
  readonly curve: readonly { readonly weight: number; readonly score: Estimate }[];
  /** Merges whose other weights are most like those, the most alike first. */
  readonly near: readonly Measured[];
}

/** Weights of a curve. */
const STEPS = 17;
const NEAR = 12;
/** Deviations of a normal distribution on either side of which 2.5 % lie. */
const SURE = 1.96;

/**
 * By both models, each as likely as the other: one is better where blocks act on their own, the other where many act together, and
 * each by itself was too sure of itself. Where they disagree, the band is wide.
 * @param measured all merges, those as well that the models are not made from
 * @param through weights of the merge, in the order of the searched ones
 * @returns in the order of the searched weights
 */
export function slicesThrough(
  { run, model, expansion }: FittedRun,
  measured: readonly Measured[],
  through: readonly number[],
): Slice[] {
  const process = model.condition([]);
  const here = inCube(run, through);
  const { relevance } = process.parameters;
  const others = measured.map((one) => ({ one, parts: squaresOf(inCube(run, one.values), here, relevance) }));
  return run.searched.map(({ name, low, high }, d) => ({
    name,
    curve: Array.from({ length: STEPS }, (_, step) => {
      const share = step / (STEPS - 1);
      const point = here.map((value, k) => (k === d ? share : value));
      const { mean, variance } = process.predict(point);
      const expected = mixture([{ mean, deviation: Math.sqrt(variance) }, expansion.predict(point)]);
      return { weight: low + share * (high - low), score: estimate(model, expected) };
    }),
    near: others
      .map(({ one, parts }) => ({ one, distance: parts.sum - (parts.squares[d] ?? 0) }))
      .toSorted((a, b) => a.distance - b.distance)
      .slice(0, NEAR)
      .map(({ one }) => one),
  }));
}

/** Scores rise with standardised ones, so the ends of the interval stay its ends. */
function estimate(model: ScoreModel, { mean, deviation }: Expectation): Estimate {
  return {
    value: model.toScore(mean),
    low: model.toScore(mean - SURE * deviation),
    high: model.toScore(mean + SURE * deviation),
  };
}

/** Squared distances as the model sees them: a weight that decides much counts for more. */
function squaresOf(
  point: readonly number[],
  here: readonly number[],
  relevance: ArrayLike<number>,
): { readonly squares: readonly number[]; readonly sum: number } {
  const squares = point.map((value, d) => ((value - (here[d] ?? 0)) * (relevance[d] ?? 0)) ** 2);
  return { squares, sum: squares.reduce((sum, square) => sum + square, 0) };
}
