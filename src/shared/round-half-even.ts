/**
 * Rounds as numpy's rint does: halves to the even neighbour. Centres and midpoints of grids hit halves often, and
 * always rounding them up would push every search towards the high ends.
 */
export function roundHalfEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
