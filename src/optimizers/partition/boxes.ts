/** A partition of the space into boxes, each with one point inside that stands for it. */
import type { CubePoint, Grid } from '../ask-tell/grid.ts';
import type { Observation } from '../ask-tell/proposer.ts';

export interface Box {
  /** Lowest and highest index of each dimension, both inside; for a continuous one the coordinates of its walls. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** The best known point inside, or the middle while none is known. */
  base: CubePoint;
  /** Score at the base; undefined while it is not known, −Infinity when it failed. */
  score: number | undefined;
}

/** Sides of continuous dimensions are not divided below this share. */
const SMALLEST_SHARE = 1e-6;

export function wholeSpace({ intervals }: Grid): Box {
  return {
    low: intervals.map(() => 0),
    high: intervals.map((steps) => (steps === 0 ? 1 : steps)),
    base: intervals.map((steps) => (steps === 0 ? 0.5 : Math.floor(steps / 2) / steps)),
    score: undefined,
  };
}

/** Share of the range that a side covers; 0 when it cannot be divided. */
export function sideOf({ low, high }: Box, d: number, { intervals }: Grid): number {
  const length = (high[d] as number) - (low[d] as number);
  const steps = intervals[d] as number;
  if (steps === 0) return length > SMALLEST_SHARE ? length : 0;
  return length === 0 ? 0 : (length + 1) / (steps + 1);
}

export function contains({ low, high }: Box, point: CubePoint, { intervals }: Grid): boolean {
  return point.every((coordinate, d) => {
    const steps = intervals[d] as number;
    const place = steps === 0 ? coordinate : Math.round(coordinate * steps);
    return place >= (low[d] as number) && place <= (high[d] as number);
  });
}

/**
 * The parts of a box along one dimension: three, or two where the grid has only two values. The part around the base
 * keeps base and score; each other one takes the best known point inside, or waits at the place of the base moved
 * to the middle of the part.
 */
export function splitBox(box: Box, d: number, grid: Grid, known: readonly Observation[]): Box[] {
  const steps = grid.intervals[d] as number;
  const parts = steps === 0 ? cutContinuous(box, d) : cutGrid(box, d);
  let isTaken = false;
  return parts.map(([low, high, middle]) => {
    const part: Box = {
      low: box.low.with(d, low),
      high: box.high.with(d, high),
      base: box.base.with(d, steps === 0 ? middle : middle / steps),
      score: undefined,
    };
    // The wall between two continuous parts belongs to both of them, but the base to one.
    if (!isTaken && contains(part, box.base, grid)) {
      isTaken = true;
      return { ...part, base: box.base, score: box.score };
    }
    const inside = known.filter(({ point }) => contains(part, grid.snap(point), grid));
    if (inside.length > 0) {
      const best = inside.reduce((a, b) => (b.score > a.score ? b : a));
      part.base = grid.snap(best.point);
      part.score = best.score;
    }
    return part;
  });
}

type Part = readonly [low: number, high: number, middle: number];

function cutContinuous({ low, high }: Box, d: number): Part[] {
  const from = low[d] as number;
  const third = ((high[d] as number) - from) / 3;
  return [0, 1, 2].map((i) => [from + i * third, from + (i + 1) * third, from + (i + 0.5) * third]);
}

/** Outer parts of equal length; the middles of the outer parts lean outwards. */
function cutGrid({ low, high }: Box, d: number): Part[] {
  const from = low[d] as number;
  const to = high[d] as number;
  const outer = Math.floor((to - from + 2) / 3);
  const parts: Part[] = [
    [from, from + outer - 1, from + ((outer - 1) >> 1)],
    [from + outer, to - outer, (from + to) >> 1],
    [to - outer + 1, to, to - ((outer - 1) >> 1)],
  ];
  return parts.filter(([first, last]) => first <= last);
}
