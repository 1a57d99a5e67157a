/** What the figures of the beliefs show, in numbers. Pure. */
import type { PageBeliefs, PageDimension, PageEstimate, PagePoint, PageSlice } from '../../beliefs/state.ts';

const LONGEST_NAME = 18;

/** Short enough for an axis: a group of many by its first and last block. */
export function shortName(name: string, blocks: readonly string[]): string {
  if (name.length <= LONGEST_NAME || blocks.length < 2 || name.includes('@')) return name;
  return `${blocks[0] ?? name} … ${blocks.at(-1) ?? ''} (${blocks.length})`;
}

/** `12 % (3 to 25)`. */
export function shareText({ value, low, high }: PageEstimate): string {
  const percent = (share: number): number => Math.round(100 * share);
  return `${percent(value)} % (${percent(low)} to ${percent(high)})`;
}

export function weightText(weight: number): string {
  return String(Number(weight.toFixed(3)));
}

/** The slices with their places among the dimensions; the most important first, where that is known. */
export function ranked({
  slices,
  importance,
}: PageBeliefs): { readonly slice: PageSlice; readonly d: number }[] {
  const ranks = new Map(importance.map(({ name }, rank) => [name, rank]));
  const rankOf = (name: string): number => ranks.get(name) ?? ranks.size;
  return slices
    .map((slice, d) => ({ slice, d }))
    .toSorted((one, other) => rankOf(one.slice.name) - rankOf(other.slice.name) || one.d - other.d);
}

/**
 * Scores that a drawing of slices must hold: of curves and iterations, and of the bands what is not far out. Bands may reach very
 * far where nothing was measured: they are cut there.
 */
export function scoresOf(slices: readonly PageSlice[]): number[] {
  const values = slices.flatMap(({ curve, near }) => [
    ...curve.map(({ score }) => score.value),
    ...near.map(({ score }) => score),
  ]);
  const low = slices.flatMap(({ curve }) => curve.map(({ score }) => score.low));
  const high = slices.flatMap(({ curve }) => curve.map(({ score }) => score.high));
  return [...values, ...quantile(low, 0.1), ...quantile(high, 0.9)];
}

/** One number, or none of none. */
function quantile(values: readonly number[], share: number): readonly number[] {
  const at = Math.round(share * (values.length - 1));
  return values.toSorted((a, b) => a - b).slice(Math.max(0, at), at + 1);
}

/** The place of a slice with the highest expected score. */
export function highestOf({ curve }: PageSlice): PageSlice['curve'][number] | undefined {
  let best: PageSlice['curve'][number] | undefined;
  for (const one of curve) if (best === undefined || one.score.value > best.score.value) best = one;
  return best;
}

/** The expected score at a weight, between the two nearest of the curve. */
export function expectedAt({ curve }: PageSlice, weight: number): number | undefined {
  const after = curve.findIndex((one) => one.weight >= weight);
  const [next, before] = [curve[after], curve[after - 1]];
  if (next === undefined) return curve.at(-1)?.score.value;
  if (before === undefined) return next.score.value;
  const share = (weight - before.weight) / (next.weight - before.weight);
  return before.score.value + share * (next.score.value - before.score.value);
}

/** Equal parts of the searched range: one around every step of the search where they are few. */
export function partsOf({ intervals }: PageDimension): number {
  return intervals > 0 && intervals < MOST_PARTS ? intervals + 1 : MOST_PARTS;
}

const MOST_PARTS = 24;

/** How many iterations had a weight in each of so many parts; those outside of the range count in the outermost. */
export function countsOf(
  points: readonly PagePoint[],
  d: number,
  dimension: PageDimension,
  parts = partsOf(dimension),
): number[] {
  const { low, high, intervals } = dimension;
  const isBySteps = parts === intervals + 1;
  const counts = Array.from({ length: parts }, () => 0);
  for (const { weights } of points) {
    const share = ((weights[d] ?? low) - low) / (high - low);
    const part = isBySteps ? Math.round(share * intervals) : Math.floor(share * parts);
    const within = Math.min(parts - 1, Math.max(0, part));
    counts[within] = (counts[within] ?? 0) + 1;
  }
  return counts;
}

/** From one weight to another, both included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Weights of histories and grids have few digits. */
const ALIKE = 1e-9;

/** @param ranges by place of the dimension */
export function isWithin({ weights }: PagePoint, ranges: ReadonlyMap<number, Range>): boolean {
  return [...ranges].every(([d, { from, to }]) => {
    const weight = weights[d] ?? Number.NaN;
    return weight >= from - ALIKE && weight <= to + ALIKE;
  });
}
