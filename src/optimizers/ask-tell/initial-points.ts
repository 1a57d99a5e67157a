import { z } from 'zod';
import { createGrid, type Grid } from './grid.ts';
import { createRng, type Rng } from '../math/rng.ts';
import type { Dimension } from '../optimizer.ts';

/** How many points of each kind an optimizer looks at before its own rule begins. */
export const initialize = z
  .strictObject({
    random: z.int().min(0).default(2),
    grid: z.int().min(0).default(4),
    vertices: z.int().min(0).default(4),
  })
  .default({ random: 2, grid: 4, vertices: 4 })
  .describe('points evaluated first: uniform ones, a coarse grid, corners of the space');

/**
 * The points in the order of Gradient-Free-Optimizers: random, mesh, corners, then as many random ones as the mesh
 * could not supply (in 27 dimensions a mesh of 4 points is the centre alone).
 */
export function initialPoints(grid: Grid, counts: z.output<typeof initialize>, seed: number): number[][] {
  const random = createRng(seed, 0);
  const mesh = meshPoints(grid, counts.grid);
  const filler = counts.grid - mesh.length;
  return [
    ...times(counts.random, () => uniformPoint(grid, random)),
    ...mesh,
    ...cornerPoints(grid, counts.vertices, random),
    ...times(filler, () => uniformPoint(grid, random)),
  ];
}

export interface FirstPoints {
  readonly dimensions: readonly Dimension[];
  readonly counts: { readonly grid: number; readonly vertices: number; readonly random: number };
  readonly seed: number;
}

/** The same points in the user's numbers, for algorithms that have a beginning of their own. */
export function firstPoints({ dimensions, counts, seed }: FirstPoints): number[][] {
  const grid = createGrid(dimensions);
  return initialPoints(grid, counts, seed).map((point) => [...grid.values(grid.snap(point))]);
}

/** A point of the grid, each equally likely. */
export function uniformPoint(grid: Grid, random: Rng): number[] {
  return grid.intervals.map((steps) => (steps === 0 ? random.uniform() : random.integer(steps + 1) / steps));
}

/** A mesh of k points a dimension, k as large as the count allows, between the walls and not on them; the last dimension runs fastest. */
function meshPoints({ size, intervals }: Grid, count: number): number[][] {
  if (size === 0 || count === 0) return [];
  const perDimension = Math.floor(count ** (1 / size) + 1e-9);
  return times(perDimension ** size, (index) =>
    intervals.map((steps, d) => {
      const digit = Math.floor(index / perDimension ** (size - 1 - d)) % perDimension;
      if (steps === 0) return (digit + 1) / (perDimension + 1);
      const distance = Math.max(1, Math.floor(steps / (perDimension + 1)));
      return Math.min(steps, (digit + 1) * distance) / steps;
    }),
  );
}

/** Corners, pairwise different as long as there are any. */
function cornerPoints({ size }: Grid, count: number, random: Rng): number[][] {
  const corners = new Map<string, number[]>();
  for (let attempt = 0; corners.size < count && attempt < 100 * count; attempt++) {
    const corner = times(size, () => random.integer(2));
    corners.set(corner.join(), corner);
  }
  return [...corners.values()];
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
