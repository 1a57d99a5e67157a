/** Parzen windows on a grid: densities made of one window for each point. */
import type { CubePoint, Grid } from '../ask-tell/grid.ts';
import { normalCdf } from '../math/normal.ts';
import type { Rng } from '../math/rng.ts';
import { highest } from '../../shared/extremes.ts';

export interface Density {
  /** Logarithm of the probability mass (grid) or density (continuous coordinates). */
  log(point: CubePoint): number;
  sample(random: Rng): number[];
}

/**
 * A mixture of truncated normal windows, one for each centre, and one uniform window (so that no point is impossible).
 * @param bandwidth standard deviation, as a share of the range
 * @param joint `true`: windows over whole points. Otherwise each coordinate has a mixture of its own.
 */
export function parzenDensity(
  centres: readonly CubePoint[],
  grid: Grid,
  bandwidth: number,
  joint: boolean,
): Density {
  const tables = new Map<string, Float64Array>();
  const window = (d: number, centre: number): Float64Array => {
    const steps = grid.intervals[d] as number;
    const cells = steps === 0 ? CONTINUOUS_CELLS : steps;
    const key = `${cells} ${centre}`;
    const known = tables.get(key) ?? cellLogMasses(cells, centre, bandwidth);
    tables.set(key, known);
    return known;
  };
  const cell = (d: number, x: number): number =>
    Math.round(x * ((grid.intervals[d] as number) || CONTINUOUS_CELLS));
  const windows = centres.map((centre) => centre.map((x, d) => window(d, Math.min(1, Math.max(0, x)))));
  const uniform = grid.intervals.map((steps) => -Math.log((steps === 0 ? CONTINUOUS_CELLS : steps) + 1));
  const logUniform = uniform.reduce((sum, value) => sum + value, 0);
  const logCount = Math.log(centres.length + 1);

  return {
    log(point) {
      const cells = point.map((x, d) => cell(d, x));
      if (joint) {
        const terms = windows.map((window) =>
          window.reduce((sum, masses, d) => sum + (masses[cells[d] as number] as number), 0),
        );
        return logSumExp([...terms, logUniform]) - logCount;
      }
      return cells.reduce(
        (sum, at, d) =>
          sum +
          logSumExp([...windows.map((window) => window[d]?.[at] as number), uniform[d] as number]) -
          logCount,
        0,
      );
    },
    sample(random) {
      const pick = (): CubePoint | undefined => centres[random.integer(centres.length + 1)];
      const whole = pick();
      return grid.intervals.map((_, d) => {
        const centre = joint ? whole : pick();
        if (centre === undefined) return random.uniform();
        return drawWithin(centre[d] as number, bandwidth, random);
      });
    },
  };
}

/** Density of one isotropic normal window per centre, untruncated: the estimate of version 1.3, in units of the coordinates. */
export function logKernelDensity(centres: readonly CubePoint[], point: CubePoint, bandwidth: number): number {
  const constant = point.length * Math.log(bandwidth * Math.sqrt(2 * Math.PI)) + Math.log(centres.length);
  const terms = centres.map((centre) => {
    const square = centre.reduce((sum, x, d) => sum + (x - (point[d] as number)) ** 2, 0);
    return -square / (2 * bandwidth * bandwidth);
  });
  return logSumExp(terms) - constant;
}

/** A continuous coordinate is looked at through so many cells. */
const CONTINUOUS_CELLS = 200;

function cellLogMasses(steps: number, centre: number, bandwidth: number): Float64Array {
  const below = (x: number): number => normalCdf((x - centre) / bandwidth);
  const edges = Array.from({ length: steps + 2 }, (_, i) => below((i - 0.5) / steps));
  const total = (edges[steps + 1] as number) - (edges[0] as number);
  return Float64Array.from({ length: steps + 1 }, (_, i) =>
    Math.log(Math.max(1e-300, ((edges[i + 1] as number) - (edges[i] as number)) / total)),
  );
}

function drawWithin(centre: number, bandwidth: number, random: Rng): number {
  for (let attempt = 0; attempt < 20; attempt++) {
    const x = centre + bandwidth * random.normal();
    if (x >= 0 && x <= 1) return x;
  }
  return Math.min(1, Math.max(0, centre));
}

function logSumExp(terms: readonly number[]): number {
  const top = highest(terms);
  return top + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - top), 0));
}
