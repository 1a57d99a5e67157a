/**
 * Curves over depth: the weights of neighbouring blocks lie on a line through a few knots, and the knots are what is
 * searched. Depth runs from 0, the first block of a row of neighbours that is on the curve, to 1, the last one, in equal steps.
 */
import { usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import type { Architecture, BlockName } from '../architectures/architecture.ts';
import { architectureRow, neighboursOf } from '../architectures/registry.ts';
import { counted } from '../shared/counted.ts';

/** `linear` joins the knots by straight lines, `monotone` by cubics that never leave the range of the two knots beside them. */
export const CURVE_SHAPES = ['linear', 'monotone'] as const;
export type CurveShape = (typeof CURVE_SHAPES)[number];

export interface Curve {
  /** What its blocks have in common: `IN`, `double_blocks`. */
  readonly name: string;
  readonly shape: CurveShape;
  /** In order of depth; blocks that share a weight are one place. */
  readonly blocks: readonly (readonly BlockName[])[];
}

export interface CurvePlan {
  readonly name: string;
  readonly knots: number;
  /** In order of depth. */
  readonly blocks: readonly BlockName[];
}

/**
 * @param texts `4` for every row of neighbours, `IN=4` for one of them, which comes before the number for all
 * @param free blocks that may be on a curve; all others of a row are left out of it
 * @returns none for a row with no more free blocks than the number for all has knots
 * @throws usage error `curve-invalid`
 */
export function planCurves(
  texts: readonly string[],
  free: readonly BlockName[],
  architecture: Architecture,
): CurvePlan[] {
  const { sides } = architectureRow(architecture);
  // Layers of text encoders only where they are searched.
  const rows = neighboursOf(architecture)
    .filter((blocks) => sides.includes(blocks) || blocks.some((block) => free.includes(block)))
    .map((blocks) => ({ name: nameOf(blocks), blocks }));
  const names = rows.map(({ name }) => name);
  const given = new Map<string | undefined, { readonly text: string; readonly knots: number }>();
  for (const text of texts) {
    const { row, knots } = parseCurve(text, names, architecture);
    const earlier = given.get(row);
    if (earlier !== undefined) {
      throw invalid(text, `--curve ${earlier.text} already sets the number of knots; leave out one of them.`);
    }
    given.set(row, { text, knots });
  }
  return rows.flatMap(({ name, blocks: all }): CurvePlan[] => {
    const blocks = all.filter((block) => free.includes(block));
    const own = given.get(name);
    const { knots = Infinity } = own ?? given.get(undefined) ?? {};
    if (own !== undefined && knots > blocks.length) {
      throw invalid(
        own.text,
        `${name} has ${counted(blocks.length, 'block')} for a curve (not counting fixed ones and those with their own bounds or group); give no more knots than that.`,
      );
    }
    return own === undefined && knots >= blocks.length ? [] : [{ name, knots, blocks }];
  });
}

/** The part of the names before their numbers. */
function nameOf([first = '']: readonly BlockName[]): string {
  return first.replace(/[._]?\d+$/, '');
}

function parseCurve(
  text: string,
  names: readonly string[],
  architecture: Architecture,
): { readonly row: string | undefined; readonly knots: number } {
  const [, given, digits = ''] = /^(?:(.+)=)?(\d{1,4})$/.exec(text.replaceAll(/\s/g, '')) ?? [];
  const knots = Number(digits);
  if (digits === '' || knots < 1) {
    throw invalid(text, `it must be a number of knots above 0 (4), or one for a single row (${names[0]}=4).`);
  }
  if (given === undefined) return { row: undefined, knots };
  const row = names.find((name) => name.toLowerCase() === given.toLowerCase());
  if (row !== undefined) return { row, knots };
  throw invalid(
    text,
    `the block rows of ${architecture} are ${names.join(', ')}.${didYouMean(given, names)}`,
  );
}

function invalid(text: string, problem: string): Error {
  return usageError('curve-invalid', `--curve ${text}: ${problem}`);
}

/** Equal steps from 0 to 1; a single one stands at 0. */
export function depths(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : i / (count - 1)));
}

/** The blocks that are nearer to each knot than to any other; to the one before it, in the middle between two. */
export function nearestBlocks(blocks: Curve['blocks'], at: readonly number[]): BlockName[][] {
  const places = depths(blocks.length);
  const nearest = places.map((depth) => {
    const distances = at.map((knot) => Math.abs(knot - depth));
    // Rounding must not decide what is in the middle.
    const least = Math.min(...distances) + 1e-9;
    return distances.findIndex((distance) => distance <= least);
  });
  return at.map((_, k) => blocks.filter((__, place) => nearest[place] === k).flat());
}

/**
 * The weight of every place of a curve.
 * @param at depths of the knots, rising
 * @param values weights at the knots
 */
export function weightsOnCurve(
  { shape, blocks }: Pick<Curve, 'shape' | 'blocks'>,
  at: readonly number[],
  values: readonly number[],
): number[] {
  const slopes = shape === 'monotone' ? monotoneSlopes(at, values) : undefined;
  return depths(blocks.length).map((depth) => weightAt(depth, at, values, slopes));
}

/** @param slopes at the knots; undefined joins them by straight lines */
function weightAt(
  depth: number,
  at: readonly number[],
  values: readonly number[],
  slopes: readonly number[] | undefined,
): number {
  const next = at.findIndex((knot) => knot >= depth);
  const [right = 0] = next === -1 ? values.slice(-1) : values.slice(next);
  if (next <= 0) return right;
  const left = values[next - 1] ?? 0;
  const from = at[next - 1] ?? 0;
  const width = (at[next] ?? 1) - from;
  const t = (depth - from) / width;
  // In this form no rounding leads away from two knots that are equal.
  if (slopes === undefined) return left + t * (right - left);
  const [out = 0, into = 0] = slopes.slice(next - 1, next + 1);
  const cubic =
    left + t * t * (3 - 2 * t) * (right - left) + width * t * (1 - t) * ((1 - t) * out - t * into);
  return Math.min(Math.max(left, right), Math.max(Math.min(left, right), cubic));
}

/**
 * Slopes at the knots of a cubic that rises where the knots rise and falls where they fall.
 * F. N. Fritsch, R. E. Carlson: Monotone piecewise cubic interpolation. SIAM Journal on Numerical Analysis 17, 1980.
 */
function monotoneSlopes(at: readonly number[], values: readonly number[]): number[] {
  const secants = at.slice(1).map((knot, k) => {
    const rise = (values[k + 1] ?? 0) - (values[k] ?? 0);
    return rise / (knot - (at[k] ?? 0));
  });
  const slopes = at.map((_, k) => {
    const [before, after] = [secants[k - 1], secants[k]];
    if (before === undefined || after === undefined) return before ?? after ?? 0;
    return before * after <= 0 ? 0 : (before + after) / 2;
  });
  for (const [k, secant] of secants.entries()) {
    const [out = 0, into = 0] = slopes.slice(k, k + 2);
    const length = Math.hypot(out, into);
    if (length <= 3 * Math.abs(secant)) continue;
    // Within a circle of three times the secant, no interval turns back.
    slopes[k] = (3 * Math.abs(secant) * out) / length;
    slopes[k + 1] = (3 * Math.abs(secant) * into) / length;
  }
  return slopes;
}
