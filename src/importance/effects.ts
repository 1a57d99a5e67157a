/** Effects with their intervals, out of drawn functions. */
import type { DimensionImportance, Estimate, Interaction } from './importance.ts';
import type { SearchedWeight } from './measured.ts';
import type { Variances } from './model/variance-shares.ts';

/** The most important first; among equals, in the order of the search. */
export function rankDimensions(
  searched: readonly SearchedWeight[],
  draws: readonly Variances[],
): DimensionImportance[] {
  return searched
    .map(({ name, blocks }, d) => ({
      name,
      blocks,
      total: estimate(draws.map((draw) => totalShare(draw, d))),
      first: estimate(draws.map(({ main, sum }) => (main[d] ?? 0) / sum)),
    }))
    .toSorted((a, b) => b.total.value - a.total.value);
}

/** Interactions whose lower bound is below this are not told apart from nothing. Few merges tell none. */
const SMALLEST_INTERACTION = 0.003;
const MOST_INTERACTIONS = 10;

/** @param order of the dimensions' names, the most important first */
export function rankInteractions(
  searched: readonly SearchedWeight[],
  draws: readonly Variances[],
  order: readonly string[],
): Interaction[] {
  const found: Interaction[] = [];
  for (const [d, { name }] of searched.entries()) {
    for (const [c, other] of searched.slice(0, d).entries()) {
      const effect = estimate(draws.map(({ pairs, sum }) => (pairs[pairAt(c, d)] ?? 0) / sum));
      if (effect.low < SMALLEST_INTERACTION) continue;
      const isFirst = order.indexOf(name) < order.indexOf(other.name);
      found.push({ names: isFirst ? [name, other.name] : [other.name, name], effect });
    }
  }
  return found.toSorted((a, b) => b.effect.value - a.effect.value).slice(0, MOST_INTERACTIONS);
}

/** Everything that coordinate d has a part in, over the whole variance. */
function totalShare(draw: Variances, d: number): number {
  return jointShare(draw, [d]);
}

/** Everything that any of the coordinates has a part in, over the whole variance. */
export function jointShare({ main, pairs, sum }: Variances, coordinates: readonly number[]): number {
  let own = 0;
  const taken = new Set<number>();
  for (const d of coordinates) {
    own += main[d] ?? 0;
    for (let other = 0; other < main.length; other++) {
      if (other === d || taken.has(other)) continue;
      own += pairs[pairAt(Math.min(d, other), Math.max(d, other))] ?? 0;
    }
    taken.add(d);
  }
  return own / sum;
}

/** Place of the pair c < d. */
export function pairAt(c: number, d: number): number {
  return (d * (d - 1)) / 2 + c;
}

/** Mean of draws, and the range of 95 % of them; the mean is inside even where few draws are far out. */
function estimate(draws: readonly number[]): Estimate {
  const sorted = draws.toSorted((a, b) => a - b);
  const value = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
  return {
    value,
    low: Math.min(value, quantile(sorted, 0.025)),
    high: Math.max(value, quantile(sorted, 0.975)),
  };
}

/** @param sorted rising */
export function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? 0;
  return below + (position % 1) * (above - below);
}
