/** All merge methods: one row each. */
import { usageError } from '../../shared/errors.ts';
import { didYouMean } from '../../shared/nearest-name.ts';
import { addDifference } from './add-difference.ts';
import type { MergeMethod } from './method.ts';
import { slerp } from './slerp.ts';
import { weightedSum } from './weighted-sum.ts';

const METHODS: readonly MergeMethod[] = [weightedSum, addDifference, slerp];

export function mergeMethodNames(): string[] {
  return METHODS.map(({ name }) => name);
}

/** @throws usage error `method-unknown` */
export function mergeMethod(name: string): MergeMethod {
  const found = METHODS.find((method) => method.name === name);
  if (found !== undefined) return found;
  const names = mergeMethodNames();
  throw usageError(
    'method-unknown',
    `There is no merge method "${name}"; there are ${names.join(', ')}.${didYouMean(name, names)}`,
  );
}
