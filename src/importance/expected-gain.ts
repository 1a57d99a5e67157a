/**
 * What the next iterations will bring. No model of a score knows that: where it is sure it finds nothing more to find, and a search
 * goes on to find something. So it is a rule of thumb, fitted to what searches found with 20 more iterations on the worlds,
 * landscapes and made-up functions of bench/importance.mjs: part of what the last 20 brought, and a part of the spread between
 * merges that shrinks with every iteration.
 */
import type { ScoreModel } from '../optimizers/index.ts';
import { NEXT_ITERATIONS, type Estimate } from './importance.ts';
import { highest } from '../shared/extremes.ts';

const OF_RISE = 0.09;
/** Times the number of trials. */
const OF_SPREAD = 0.18 * 30;
/** In 95 of 100 searches it was not above so many times what was expected; half of them found less than half of it. */
const HIGHEST = 4.5;

/** @param model of the scores in the order in which they were measured */
export function expectGain(model: ScoreModel): Estimate {
  const { count, expected } = model;
  const before = expected.slice(0, Math.max(1, count - NEXT_ITERATIONS));
  const rise = model.toScoreDifference(highest(expected) - highest(before));
  const spread = spreadOf(model);
  const value = OF_RISE * rise + (OF_SPREAD * spread) / count;
  return { value, low: 0, high: HIGHEST * value };
}

/** One deviation of the scores among the better merges, in units of the score. */
export function spreadOf(model: ScoreModel): number {
  return model.toScoreDifference(1);
}
