/** What a model of the scores makes of more images: the belief of every optimizer, whether it proposes by such a model or not. */
import type { CubePoint } from '../../ask-tell/grid.ts';
import type { CubeBelief, History } from '../../ask-tell/proposer.ts';
import { createScoreModel, type ScoreModel } from './score-model.ts';
import { noiseRatio, worthOf, type MeasuredRow } from './worth.ts';

/** With fewer scores nothing can be said of their spread. */
const FEWEST = 3;

/** Of an optimizer that has no such model. */
export function believe(history: History): CubeBelief | undefined {
  const { observations } = history;
  const [first] = observations;
  if (first === undefined || first.point.length === 0) return undefined;
  if (observations.length < FEWEST || observations.every(({ noise }) => noise === undefined))
    return undefined;
  return beliefOf(createScoreModel(observations, first.point.length), history);
}

/** @param model of the history's observations */
export function beliefOf(model: ScoreModel, history: History): CubeBelief | undefined {
  const { observations, open, failed } = history;
  const { imageNoise: noise, expected } = model;
  if (noise === undefined || observations.length < FEWEST) return undefined;
  const process = model.condition([...open, ...failed]);
  const rows: MeasuredRow[] = observations.map(({ id, point, images }) => ({
    point,
    images: images ?? Infinity,
    isTrial: id !== undefined,
  }));
  const rowOf = new Map(
    observations.flatMap(({ id, point }, row) => (id === undefined ? [] : [[keyOf(point), row]])),
  );
  let best: { readonly point: CubePoint; readonly mean: number } | undefined;
  for (const [row, { point, isTrial }] of rows.entries()) {
    const mean = expected[row] ?? -Infinity;
    if (isTrial && (best === undefined || mean > best.mean)) best = { point, mean };
  }
  if (best === undefined) return undefined;
  const { point: incumbent } = best;
  return {
    worth: (prospects) =>
      worthOf(
        process,
        rows,
        noise,
        prospects.map((prospect) => ({ ...prospect, row: rowOf.get(keyOf(prospect.point)) })),
      ).map((rise) => model.toScoreDifference(rise)),
    imageNoise: (point) => noiseRatio(process, noise, incumbent, point),
  };
}

function keyOf(point: CubePoint): string {
  return point.join();
}
