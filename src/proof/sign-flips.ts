/**
 * The joint sign-flip test: were a difference nothing but chance, each of its images might as well have shown it the other way
 * round. All comparisons flip together, so that the largest of them all is what each has to beat: their correction for being
 * many is no larger than how little they have in common asks for.
 */
import { createUniform } from '../shared/random.ts';

/** Differences of one comparison by image, weighted; 0 where an image is not there. */
export type Differences = readonly number[];

export interface SignFlips {
  /** By comparison: how often flipped signs give a larger difference somewhere than was seen there; from 0 to 1. */
  readonly chance: readonly number[];
  /** Of each flip the largest difference from the mean, as `|sum| / √(sum of squares)`, rising. */
  readonly strays: Float64Array;
}

/** Up to so many images every pattern of signs is tried. */
const EXACT = 12;
const DRAWN = 1999;

/** The same numbers give the same answer on every machine. */
export function flipSigns(
  comparisons: readonly Differences[],
  residuals: readonly Differences[],
  images: number,
): SignFlips {
  const seen = comparisons.map((differences) => strayOf(differences, undefined));
  const patterns = images <= EXACT ? everyPattern(images) : drawnPatterns(images);
  const beaten = seen.map(() => 0);
  const strays = new Float64Array(patterns.length);
  for (const [p, signs] of patterns.entries()) {
    const largest = largestStray(comparisons, signs);
    for (const [c, own] of seen.entries()) if (largest >= own - ROUNDING) beaten[c] = (beaten[c] ?? 0) + 1;
    strays[p] = largestStray(residuals, signs);
  }
  // What was seen is one of all patterns, and has to be counted with those that were drawn.
  const [extra, of] = images <= EXACT ? [0, patterns.length] : [1, patterns.length + 1];
  return { chance: beaten.map((count) => (count + extra) / of), strays: strays.toSorted() };
}

const ROUNDING = 1e-9;

function largestStray(comparisons: readonly Differences[], signs: Int8Array): number {
  let largest = 0;
  for (const differences of comparisons) largest = Math.max(largest, strayOf(differences, signs));
  return largest;
}

function strayOf(differences: Differences, signs: Int8Array | undefined): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < differences.length; i++) {
    const difference = differences[i] ?? 0;
    sum += signs === undefined ? difference : difference * (signs[i] ?? 1);
    squares += difference * difference;
  }
  return squares > 0 ? Math.abs(sum) / Math.sqrt(squares) : 0;
}

/** The opposite of a pattern strays as far: the first sign may stay. */
function everyPattern(images: number): Int8Array[] {
  return Array.from({ length: 2 ** Math.max(0, images - 1) }, (_, pattern) =>
    Int8Array.from({ length: images }, (__, i) => ((pattern >> i) & 1 ? -1 : 1)),
  );
}

function drawnPatterns(images: number): Int8Array[] {
  const kept = PATTERNS.get(images);
  if (kept !== undefined) return kept;
  const uniform = createUniform(SEED, images);
  const patterns = Array.from({ length: DRAWN }, () =>
    Int8Array.from({ length: images }, () => (uniform() < 0.5 ? -1 : 1)),
  );
  PATTERNS.clear();
  PATTERNS.set(images, patterns);
  return patterns;
}

/** Of the last number of images. */
const PATTERNS = new Map<number, Int8Array[]>();
const SEED = 20_817;
