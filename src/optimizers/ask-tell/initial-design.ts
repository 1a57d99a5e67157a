/** The points that an algorithm looks at before its own rule begins, handed out one ask at a time. */
import type { z } from 'zod';
import { createRng } from '../math/rng.ts';
import type { Grid } from './grid.ts';
import { initialPoints, uniformPoint, type initialize } from './initial-points.ts';
import type { AskContext } from './proposer.ts';

/** @returns the next point of the design, or undefined once as many points as planned are known or under way */
export type InitialDesign = (ask: AskContext) => number[] | undefined;

/**
 * The points of `initialize`, filled up with random ones to `atLeast`. Queued and learned points count as well: whoever
 * brings a population of their own needs no random one.
 */
export function createInitialDesign(
  grid: Grid,
  counts: z.output<typeof initialize>,
  atLeast: number,
  seed: number,
): InitialDesign {
  const planned = initialPoints(grid, counts, seed);
  const random = createRng(seed, 0, 1);
  while (planned.length < Math.max(1, atLeast)) planned.push(uniformPoint(grid, random));
  return ({ history }) => {
    if (history.observations.length + history.open.length >= planned.length) return undefined;
    return planned.find((point) => !history.isTaken(grid.snap(point)));
  };
}
