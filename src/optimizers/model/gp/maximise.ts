/** Where an acquisition is largest, on the whole grid: from good starts up the gradient, then along the grid's axes. */
import type { CubePoint, Grid } from '../../ask-tell/grid.ts';
import { minimise } from '../../math/lbfgs.ts';
import type { Rng } from '../../math/rng.ts';
import type { Acquisition } from './acquisition.ts';

export interface Effort {
  /** Points near the anchors, and as many anywhere, that are only looked at. */
  readonly raw: number;
  /** The best of each kind that are climbed from. */
  readonly nearClimbs: number;
  readonly farClimbs: number;
  readonly climbEvaluations: number;
  /** The best climbs that are polished on the grid. */
  readonly polished: number;
  readonly sweeps: number;
}

interface Candidate {
  readonly point: number[];
  readonly value: number;
}

/**
 * @param anchors good points to start near, best first
 * @returns the best free point, or undefined when none was found
 */
export function maximiseOnGrid(
  acquisition: Acquisition,
  grid: Grid,
  anchors: readonly CubePoint[],
  isTaken: (point: CubePoint) => boolean,
  effort: Effort,
  random: Rng,
): number[] | undefined {
  const assess = (point: number[]): Candidate => ({ point, value: acquisition.value(point) });
  const near = nearPoints(grid, anchors, effort.raw, random).map(assess);
  const far = farPoints(grid, effort.farClimbs === 0 ? 0 : effort.raw, random).map(assess);
  const starts = [...best(near, effort.nearClimbs), ...best(far, effort.farClimbs)];
  const box = { low: new Float64Array(grid.size), high: new Float64Array(grid.size).fill(1) };
  const climbed = starts.map(({ point }) => {
    const top = minimise(acquisition.negative, point, box, effort.climbEvaluations, 1e-4);
    return assess(grid.snap(top.x));
  });
  const free: Candidate[] = [];
  for (const start of best(unique(climbed, grid), starts.length)) {
    const polished = polish(start, acquisition, grid, isTaken, effort.sweeps, random);
    // A continuous coordinate has no neighbours: a climb may end on an evaluated point and stay there.
    if (!isTaken(polished.point)) free.push(polished);
    if (free.length === effort.polished) break;
  }
  return best(free, 1)[0]?.point;
}

/** The anchors and their neighbourhoods: a few coordinates drawn again. */
function nearPoints(grid: Grid, anchors: readonly CubePoint[], count: number, random: Rng): number[][] {
  const drawn = Array.from({ length: anchors.length === 0 ? 0 : count }, (_, i) => {
    // From one coordinate to all of them: near and far neighbourhoods alike.
    const share = random.uniform() ** 2;
    const anchor = anchors[i % anchors.length] ?? [];
    return grid.snap(anchor.map((u) => (random.uniform() < share ? random.uniform() : u)));
  });
  return [...anchors.map((anchor) => grid.snap(anchor)), ...drawn];
}

/** Anywhere: uniform points and corners. */
function farPoints(grid: Grid, count: number, random: Rng): number[][] {
  return Array.from({ length: count }, (_, i) =>
    grid.snap(grid.intervals.map(() => (i % 2 === 0 ? random.uniform() : random.integer(2)))),
  );
}

/** Cyclic coordinate search: every value of a coordinate is tried, the best free one is kept. */
function polish(
  start: Candidate,
  acquisition: Acquisition,
  grid: Grid,
  isTaken: (point: CubePoint) => boolean,
  sweeps: number,
  random: Rng,
): Candidate {
  // A taken start is left by the first free neighbour, whatever its value.
  let current: Candidate = isTaken(start.point) ? { point: start.point, value: -Infinity } : start;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const before = current.value;
    for (const d of random.permutation(grid.size)) {
      for (const coordinate of coordinateMoves(grid.intervals[d] as number, current.point[d] as number)) {
        const point = current.point.with(d, coordinate);
        const value = acquisition.value(point);
        if (value > current.value && !isTaken(point)) current = { point, value };
      }
    }
    if (current.value === before) break;
  }
  return current;
}

/** The other values of a coordinate: all of a short grid, near and spread ones of a long one, none where it is continuous. */
function coordinateMoves(steps: number, coordinate: number): number[] {
  if (steps === 0) return [];
  const here = Math.round(coordinate * steps);
  const indices =
    steps <= 20
      ? Array.from({ length: steps + 1 }, (_, i) => i)
      : [
          here - 2,
          here - 1,
          here + 1,
          here + 2,
          ...Array.from({ length: 5 }, (_, i) => Math.round((i / 4) * steps)),
        ];
  return indices.filter((i) => i !== here && i >= 0 && i <= steps).map((i) => i / steps);
}

function best(candidates: readonly Candidate[], count: number): Candidate[] {
  return candidates.toSorted((a, b) => b.value - a.value).slice(0, count);
}

function unique(candidates: readonly Candidate[], grid: Grid): Candidate[] {
  return [...new Map(candidates.map((candidate) => [grid.key(candidate.point), candidate])).values()];
}
