import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import type { CubePoint, Grid } from '../ask-tell/grid.ts';
import { initialize, uniformPoint } from '../ask-tell/initial-points.ts';
import { nextPlace, type Sample, type Segment } from './line-search.ts';
import { createRng, type Rng } from '../math/rng.ts';
import { createInitialDesign } from '../ask-tell/initial-design.ts';
import type { AskContext, Proposer, ProposerContext } from '../ask-tell/proposer.ts';

const options = z.strictObject({
  iters_p_dim: z
    .int()
    .min(1)
    .default(10)
    .describe('maximum number of points per line; a settled line takes fewer'),
  initialize,
});

export const powellsMethod = defineOptimizer({
  name: 'powells-method',
  pythonClass: 'PowellsMethod',
  version: 1,
  title: "Powell's method",
  sentence:
    'Searches one line after the other through the best point: first along each dimension, then along the direction of the progress made.',
  source: 'Powell, The Computer Journal 7, 1964; parameter of Gradient-Free-Optimizers 1.3, PowellsMethod.',
  options,
  createProposer: createPowell,
});

interface Place {
  readonly point: CubePoint;
  readonly score: number;
}

interface Line extends Segment {
  readonly origin: Place;
  readonly direction: readonly number[];
  readonly samples: Sample[];
  /** Places that are being measured, by ask. */
  readonly waiting: Map<number, number>;
  /** Points that have been asked for. */
  tries: number;
}

function createPowell(settings: z.output<typeof options>, { grid, seed }: ProposerContext): Proposer {
  const first = createInitialDesign(grid, settings.initialize, 1, seed);
  const known = new Map<string, number>();
  let current: Place | undefined;
  let line: Line | undefined;
  let directions = axesOf(grid);
  let gains: number[] = [];
  let sweepStart: Place | undefined;
  /** Sweeps without a gain: they are followed by random directions and by the axes in turn. */
  let restarts = 0;

  const keyOf = (point: CubePoint): string => grid.key(grid.snap(point));

  function nextPoint(from: Place, { id, random, history }: AskContext): number[] | undefined {
    for (let settled = 0; settled <= 2 * grid.size;) {
      sweepStart ??= current ?? from;
      line ??= openLine(current ?? from, directions[gains.length] as readonly number[], grid);
      const samples = line.samples;
      let t =
        line.tries < settings.iters_p_dim ? nextPlace(samples, [...line.waiting.values()], line) : undefined;
      // Others wait for the scores of this line: a place in between can only help.
      if (t === undefined && line.waiting.size > 0) t = line.low + random.uniform() * (line.high - line.low);
      if (t === undefined) {
        closeLine(line);
        settled++;
        continue;
      }
      const point = pointAt(line, t, grid);
      const score = known.get(keyOf(point)) ?? (history.isTaken(point) ? -Infinity : undefined);
      if (score === undefined) {
        line.waiting.set(id, t);
        line.tries++;
        return point;
      }
      if (line.waiting.size > 0) return point;
      samples.push({ t, score });
    }
    return undefined;
  }

  function closeLine({ origin, samples, ...rest }: Line): void {
    const best = samples.reduce((a, b) => (b.score > a.score ? b : a));
    if (current === undefined || best.score > current.score) {
      current = { point: pointAt({ origin, ...rest }, best.t, grid), score: best.score };
    }
    gains.push(best.score - origin.score);
    line = undefined;
    if (gains.length < directions.length || sweepStart === undefined) return;
    if (gains.some((gain) => gain > 0))
      directions = withWay(directions, gains, sweepStart.point, current.point);
    else
      directions = ++restarts % 2 === 1 ? randomDirections(grid, createRng(seed, 0, restarts)) : axesOf(grid);
    gains = [];
    sweepStart = undefined;
  }

  return {
    propose(ask) {
      const initial = first(ask);
      if (initial !== undefined) return initial;
      const next = current === undefined || grid.size === 0 ? undefined : nextPoint(current, ask);
      return next ?? uniformPoint(grid, ask.random);
    },
    observe(outcome) {
      const score = outcome.score ?? -Infinity;
      const key = keyOf(outcome.point);
      known.set(key, score);
      const t = outcome.id === undefined ? undefined : line?.waiting.get(outcome.id);
      if (line !== undefined && t !== undefined && outcome.id !== undefined) {
        line.waiting.delete(outcome.id);
        // The nearest free point may have taken the place of the one on the line.
        if (keyOf(pointAt(line, t, grid)) === key) line.samples.push({ t, score });
      } else if (outcome.score !== undefined && (current === undefined || score > current.score)) {
        current = { point: grid.snap(outcome.point), score };
      }
    },
  };
}

function axesOf({ intervals }: Grid): (readonly number[])[] {
  return intervals.map((_, d) => intervals.map((_, e) => (e === d ? 1 : 0)));
}

function openLine(origin: Place, direction: readonly number[], { intervals }: Grid): Line {
  let low = -Infinity;
  let high = Infinity;
  let finest = 0;
  for (const [d, slope] of direction.entries()) {
    if (slope === 0) continue;
    const walls = [-(origin.point[d] as number) / slope, (1 - (origin.point[d] as number)) / slope];
    low = Math.max(low, Math.min(...walls));
    high = Math.min(high, Math.max(...walls));
    finest = Math.max(finest, Math.abs(slope) * ((intervals[d] as number) || 1000));
  }
  const resolution = 0.5 / finest;
  return {
    origin,
    direction,
    low,
    high,
    resolution,
    samples: [{ t: 0, score: origin.score }],
    waiting: new Map(),
    tries: 0,
  };
}

function pointAt({ origin, direction }: Pick<Line, 'origin' | 'direction'>, t: number, grid: Grid): number[] {
  return grid.snap(origin.point.map((x, d) => x + t * (direction[d] as number)));
}

/** The direction of the largest gain gives way to the whole way of the sweep, which is searched next. */
function withWay(
  directions: readonly (readonly number[])[],
  gains: readonly number[],
  from: CubePoint,
  to: CubePoint,
): (readonly number[])[] {
  const largest = gains.reduce((best, gain, i) => (gain > (gains[best] as number) ? i : best), 0);
  const way = to.map((x, d) => x - (from[d] as number));
  // A way along a single direction adds nothing.
  const isNew = gains.filter((gain) => gain > 0).length > 1 && way.some((x) => x !== 0);
  return isNew ? [way, ...directions.filter((_, i) => i !== largest)] : [...directions];
}

function randomDirections({ intervals }: Grid, random: Rng): number[][] {
  return intervals.map(() => intervals.map(() => random.normal()));
}
