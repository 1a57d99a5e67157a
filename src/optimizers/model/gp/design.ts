import type { Rng } from '../../math/rng.ts';

/**
 * Points to begin with, a Latin hypercube (McKay, Beckman & Conover 1979): each coordinate is once at every one of `count`
 * evenly spaced levels from end to end. The ends show slopes, what lies between them shows how a score bends, which no corner
 * does; and no start is an extreme mix.
 */
export function latinPoints(size: number, count: number, random: Rng): number[][] {
  const columns = Array.from({ length: size }, () =>
    random.permutation(count).map((level) => (count === 1 ? 0.5 : level / (count - 1))),
  );
  return Array.from({ length: count }, (_, i) => columns.map((column) => column[i] as number));
}
