/** The model of the default optimizer for the scores of a run, whatever optimizer the run had. */
import { createScoreModel, type ScoreModel } from '../optimizers/index.ts';
import type { MeasuredRun } from './measured.ts';

export function scoreModelOf(run: MeasuredRun): ScoreModel {
  const { searched, noise } = run;
  const observations = run.measured.map(({ values, score, images }, i) => ({
    id: i + 1,
    point: inCube(run, values),
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
