/** How the values of several scorers become the score of an image. */
import { usageError } from '../shared/errors.ts';
import type { Scorer } from './scorer.ts';

const COMBINATIONS = ['arithmetic', 'geometric', 'quadratic', 'min'] as const;
export type Combination = (typeof COMBINATIONS)[number];

/** As a plan keeps it. @throws usage error `plan-option` for one that only a newer version knows */
export function recordedCombination(name = 'arithmetic'): Combination {
  const found = COMBINATIONS.find((combination) => combination === name);
  if (found !== undefined) return found;
  throw usageError(
    'plan-option',
    `The run combines its scorers with --combine ${name}, which this version of autombw does not have: use the version that made it.`,
  );
}

export interface Weighted {
  readonly value: number;
  readonly weight: number;
}

/** @param values of finite numbers, in the domain that {@link checkCombination} has seen to */
export function combine(name: Combination, values: readonly Weighted[]): number {
  const total = values.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (of: (value: number) => number): number =>
    values.reduce((sum, { value, weight }) => sum + weight * of(value), 0) / total;
  if (name === 'geometric') return Math.exp(mean(Math.log));
  if (name === 'quadratic') return Math.sqrt(mean((value) => value ** 2));
  return name === 'min' ? Math.min(...values.map(({ value }) => value)) : mean((value) => value);
}

/** The bounds of the result: every combination lies between its least and its largest value, and rises with each. */
export function combinedRange(
  name: Combination,
  ranges: readonly { readonly range: Scorer['range']; readonly weight: number }[],
): Scorer['range'] {
  const bound = (side: 'min' | 'max'): number | null => {
    const values = ranges.flatMap(({ range, weight }) => {
      const value = range[side];
      return value === null ? [] : [{ value, weight }];
    });
    return values.length < ranges.length ? null : combine(name, values);
  };
  return { min: bound('min'), max: bound('max') };
}

/** The bounds of any combination of any of them: where payloads differ in what judges them. */
export function widestRange(ranges: readonly { readonly range: Scorer['range'] }[]): Scorer['range'] {
  const mins = ranges.map(({ range }) => range.min);
  const maxs = ranges.map(({ range }) => range.max);
  return {
    min: mins.reduce((least, min) => (least === null || min === null ? null : Math.min(least, min))) ?? null,
    max: maxs.reduce((most, max) => (most === null || max === null ? null : Math.max(most, max))) ?? null,
  };
}

/**
 * Before the run, not at its three hundredth iteration.
 * @throws usage error `combination-domain`
 */
export function checkCombination(
  name: Combination,
  scorers: readonly { readonly id: string; readonly range: Scorer['range'] }[],
): void {
  if (name === 'arithmetic' || name === 'min') return;
  // A bound of 0 is let through: a sigmoid never reaches it, and a score of exactly 0 fails its trial.
  const bad = scorers.find(({ range: { min } }) => min === null || min < 0);
  if (bad === undefined) return;
  throw usageError(
    'combination-domain',
    `--combine ${name} needs ${name === 'geometric' ? 'positive' : 'non-negative'} scores, but ${bad.id} may be ${bad.range.min === null ? 'anything' : `as low as ${bad.range.min}`}: map it first, for example with --score-map ${bad.id}=sigmoid, or choose --combine arithmetic.`,
  );
}
