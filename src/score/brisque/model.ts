import { FEATURES } from './features.ts';

/** A support vector regression with a radial basis function. */
export interface Regression {
  readonly gamma: number;
  readonly rho: number;
  readonly vectors: readonly SupportVector[];
}

export interface SupportVector {
  readonly coefficient: number;
  /** 36 scaled features. */
  readonly at: Float64Array;
}

/** Lowest and highest value of each of the 36 features in training: they are scaled to −1..1 with these. */
export interface Ranges {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Something in a file that is not as it must be; the message goes on from "the file …". */
export class BadFile extends Error {}

/** Σ coefficient · exp(−γ |x − vector|²) − ρ. */
export function predict({ gamma, rho, vectors }: Regression, x: readonly number[]): number {
  let sum = -rho;
  for (const { coefficient, at } of vectors) {
    let squares = 0;
    for (const [i, value] of at.entries()) squares += ((x[i] ?? 0) - value) ** 2;
    sum += coefficient * Math.exp(-gamma * squares);
  }
  return sum;
}

export function scale({ low, high }: Ranges, features: readonly number[]): readonly number[] {
  return features.map((value, i) => {
    const [from, to] = [low[i] ?? Number.NaN, high[i] ?? Number.NaN];
    return -1 + (2 * (value - from)) / (to - from);
  });
}

/** @throws BadFile for other than 36 of each, or a lowest that is not below its highest */
export function checkedRanges(low: readonly number[], high: readonly number[]): Ranges {
  if (low.length !== FEATURES || high.length !== FEATURES) {
    throw new BadFile(`has ranges of ${Math.min(low.length, high.length)} features, not of ${FEATURES}`);
  }
  const crossed = low.findIndex((value, i) => !(value < (high[i] ?? Number.NaN)));
  if (crossed >= 0) throw new BadFile(`has an empty range for feature ${crossed + 1}`);
  return { low, high };
}

/** A finite number in decimal notation, as C prints it. */
export function numberOf(text: string | undefined, what: string): number {
  const value =
    text !== undefined && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) {
    const seen = text === undefined ? 'nothing' : `"${text.slice(0, 30)}"`;
    throw new BadFile(`has ${seen} where ${what} should be`);
  }
  return value;
}
