/** All merge methods: one row each. */
import { usageError } from '../../shared/errors.ts';
import { didYouMean } from '../../shared/nearest-name.ts';
import { addDifference } from './add-difference.ts';
import { cosineA } from './cosine-a.ts';
import { cosineB } from './cosine-b.ts';
import { dare } from './dare.ts';
import { della } from './della.ts';
import { geometricMedian } from './geometric-median.ts';
import { geometricSum } from './geometric-sum.ts';
import { karcher } from './karcher.ts';
import { passesOf, type MergeMethod } from './method.ts';
import { multiSum } from './multi-sum.ts';
import { modelStock } from './model-stock.ts';
import type { Parameter } from './parameter.ts';
import { slerp } from './slerp.ts';
import { smoothAdd } from './smooth-add.ts';
import { tensorSum } from './tensor-sum.ts';
import { ties } from './ties.ts';
import { trainDifference } from './train-difference.ts';
import { weightedSum } from './weighted-sum.ts';

/** Those of two models, of A, B and C, and of any number. Journals know them by their place: a new one goes to the end. */
const METHODS: readonly MergeMethod[] = [
  weightedSum,
  slerp,
  geometricSum,
  tensorSum,
  cosineA,
  cosineB,
  addDifference,
  trainDifference,
  smoothAdd,
  dare,
  ties,
  della,
  modelStock,
  geometricMedian,
  karcher,
  multiSum,
];

export const USUAL_METHOD = 'weighted-sum';

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
    `There is no merge method "${name}"; choose from ${names.join(', ')}.${didYouMean(name, names)}`,
  );
}

/**
 * What a method may be told, for whoever takes its parameters as dimensions of a search: names, kinds, ranges, usual values. `weight` comes
 * first and is the weight of a block.
 * @throws usage error `method-unknown`
 */
export function parametersOf(method: string): readonly Parameter[] {
  return mergeMethod(method).parameters;
}

/** Plain data about a method, for people and programs. */
export interface MethodDescription extends Pick<
  MergeMethod,
  'name' | 'description' | 'source' | 'models' | 'parameters' | 'isAAtZero' | 'isBAtOne'
> {
  /** How often it reads the models. */
  readonly passes: 1 | 2 | 3;
}

export function describeMethods(): MethodDescription[] {
  return METHODS.map((method) => {
    const { name, description, source, models, parameters, isAAtZero, isBAtOne } = method;
    return { name, description, source, models, parameters, isAAtZero, isBAtOne, passes: passesOf(method) };
  });
}
