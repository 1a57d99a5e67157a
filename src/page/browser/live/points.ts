/** Where scores stand in the chart. Pure. */
import type { PageTrial } from '../../state.ts';

export type Over = 'iterations' | 'images' | 'hours';

export interface Point {
  readonly trial: number;
  /** Iterations of the search, images, or hours of work, up to this one. */
  readonly at: number;
  readonly score: number;
  /** Of the iterations up to this one; undefined before the first. */
  readonly best: number | undefined;
}

/** Baselines are no iterations: only their images and their time count. */
export function pointsOf(trials: readonly PageTrial[], over: Over): Point[] {
  const points: Point[] = [];
  const reached = { iterations: 0, images: 0, hours: 0 };
  let best: number | undefined;
  for (const { id, score, state, baseline, images, hours } of trials) {
    reached.images += images;
    reached.hours = Math.max(reached.hours, hours ?? 0);
    if (baseline !== undefined) continue;
    reached.iterations++;
    if (score === null || state !== 'scored') continue;
    best = best === undefined ? score : Math.max(best, score);
    points.push({ trial: id, at: reached[over], score, best });
  }
  return points;
}

export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/** A range with round numbers in it, a little wider than the values. @param values at least one */
export function axisOf(values: readonly number[]): Axis {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (high <= low) {
    const half = Math.abs(low) / 10 || 0.5;
    low -= half;
    high += half;
  }
  const step = roundStep((high - low) / 5);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
  return { low: first * step, high: last * step, ticks };
}

/** 1, 2 or 5 times a power of ten, at least as large. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power;
}

/** From numbers to pixels. */
export interface Scale {
  readonly toX: (at: number) => number;
  readonly toY: (score: number) => number;
}

/** Pixels to either side in which a point is looked for by its height too. */
const REACH = 10;

/**
 * The point that somebody means who points at a place: of those beside it the nearest, or else the one that is nearest sideways.
 * @param points in the order of `at`
 * @returns its position in the list; -1 where there is none
 */
export function nearestPoint(points: readonly Point[], x: number, y: number, { toX, toY }: Scale): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (toX(points[middle]?.at ?? 0) < x - REACH) low = middle + 1;
    else high = middle;
  }
  let nearest = -1;
  let least = Number.POSITIVE_INFINITY;
  // The one before the first of them counts too: there may be none beside the place.
  let isPast = false;
  for (let i = Math.max(0, low - 1); i < points.length && !isPast; i++) {
    const { at, score } = points[i] ?? { at: 0, score: 0 };
    const aside = Math.abs(toX(at) - x);
    isPast = toX(at) > x + REACH;
    const distance = aside > REACH ? 1e6 + aside : Math.hypot(aside, toY(score) - y);
    if (distance >= least) continue;
    least = distance;
    nearest = i;
  }
  return nearest;
}
