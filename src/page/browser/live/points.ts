/** Where scores stand in the chart. Pure. */
import type { PageTrial } from '../../state.ts';

export interface Point {
  /** Iterations of the search, or pictures, up to this one. */
  readonly at: number;
  readonly score: number;
  /** Of the iterations up to this one; undefined before the first. */
  readonly best: number | undefined;
}

/** Baselines are no iterations: only their pictures count. */
export function pointsOf(trials: readonly PageTrial[], over: 'iterations' | 'pictures'): Point[] {
  const points: Point[] = [];
  let iterations = 0;
  let pictures = 0;
  let best: number | undefined;
  for (const { score, state, baseline, images } of trials) {
    pictures += images;
    if (baseline !== undefined) continue;
    iterations++;
    if (score === null || state !== 'scored') continue;
    best = best === undefined ? score : Math.max(best, score);
    points.push({ at: over === 'iterations' ? iterations : pictures, score, best });
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
