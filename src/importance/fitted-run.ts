/** The scored merges of a run with the two models of their scores. */
import { createScoreModel, type ScoreModel } from '../optimizers/index.ts';
import type { MeasuredRun } from './measured.ts';
import type { Expansion } from './model/expansion.ts';

export interface FittedRun {
  /** With the merges that the models are made from. */
  readonly run: MeasuredRun;
  /** Theirs, in the unit cube. */
  readonly points: readonly (readonly number[])[];
  /** Their scores with mean 0 and variance 1. */
  readonly targets: Float64Array;
  readonly expansion: Expansion;
  readonly model: ScoreModel;
}

/** The model of the default optimizer, whatever optimizer the run had. */
export function scoreModelOf(
  { measured, noise, searched }: MeasuredRun,
  points: readonly (readonly number[])[],
): ScoreModel {
  const observations = measured.map(({ score, images }, i) => ({
    id: i + 1,
    point: points[i] ?? [],
    score,
    variance: 0,
    ...(images !== undefined && noise !== undefined && { images, noise }),
  }));
  return createScoreModel(observations, searched.length);
}

/** Weights as a point of the unit cube. @param values in the order of the searched weights */
export function inCube({ searched }: Pick<MeasuredRun, 'searched'>, values: readonly number[]): number[] {
  return values.map((value, d) => {
    const { low = 0, high = 1 } = searched[d] ?? {};
    return (value - low) / (high - low);
  });
}
