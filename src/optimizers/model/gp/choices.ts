/**
 * Choices as a model of the scores sees them: they have no order, so each word is a coordinate of its own, and all words are equally far
 * from one another. The model is only ever asked about whole words (Garrido-Merchán & Hernández-Lobato 2020), for there is nothing between
 * two of them.
 */
import type { CubePoint, Grid } from '../../ask-tell/grid.ts';
import type { CubeBelief, History } from '../../ask-tell/proposer.ts';
import type { Acquisition } from './acquisition.ts';

export interface Embedding {
  /** Coordinates of a point of the model. */
  readonly size: number;
  /** From the cube of the search; a choice is the nearest word. */
  place(point: ArrayLike<number>): number[];
  /** The same history with the points of the model. */
  history(history: History): History;
  /** Of the search's cube, made of one of the model's. Between two words it is flat. */
  acquisition(acquisition: Acquisition): Acquisition;
  belief(belief: CubeBelief): CubeBelief;
}

/** Two words are as far apart as the ends of a number. */
const HERE = Math.SQRT1_2;

/** @returns undefined where nothing has to be done: there is no choice among more than two words */
export function embeddingOf({ intervals, choices }: Grid): Embedding | undefined {
  // Of two words the cube has one at each end already.
  const words = intervals.map((steps, d) => (choices[d] === true && steps > 1 ? steps + 1 : 0));
  if (words.every((count) => count === 0)) return undefined;
  const place = (point: ArrayLike<number>): number[] =>
    words.flatMap((count, d) => {
      const coordinate = point[d] ?? 0;
      if (count === 0) return [coordinate];
      const word = Math.round(coordinate * (count - 1));
      return Array.from({ length: count }, (_, i) => (i === word ? HERE : 0));
    });
  /** Where each dimension begins in the model. */
  const begins = words.map((_, d) => words.slice(0, d).reduce((sum, count) => sum + Math.max(1, count), 0));
  const points = (cube: readonly CubePoint[]): CubePoint[] => cube.map(place);
  return {
    size: words.reduce((sum, count) => sum + Math.max(1, count), 0),
    place,
    history: (history) => ({
      ...history,
      observations: history.observations.map((one) => ({ ...one, point: place(one.point) })),
      open: points(history.open),
      failed: points(history.failed),
    }),
    acquisition: (placed) => ({
      value: (point) => placed.value(place(point)),
      negative(point, gradient) {
        const there = Float64Array.from(place(point));
        const slopes = new Float64Array(there.length);
        const result = placed.negative(there, slopes);
        for (const [d, count] of words.entries())
          gradient[d] = count === 0 ? (slopes[begins[d] ?? 0] ?? 0) : 0;
        return result;
      },
    }),
    belief: (placed) => ({
      worth: (prospects) =>
        placed.worth(prospects.map((prospect) => ({ ...prospect, point: place(prospect.point) }))),
      imageNoise: (point) => placed.imageNoise(place(point)),
    }),
  };
}
