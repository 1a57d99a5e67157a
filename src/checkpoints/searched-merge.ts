/**
 * A merge as a search names it: weights of blocks, and beside them, as parameters, the method (`merge:method`), which model is the base
 * (`merge:order`), what the method is told (`ties:k`, `ties:k@OUT*`), and how the result is adjusted (`adjust:contrast`).
 */
import { blocksInWords, blocksLike, inOrderOfExactness } from '../architectures/block-patterns.ts';
import type { Architecture, BlockName, BlockWeights } from '../architectures/architecture.ts';
import { allBlocksOf, partNamesOf } from '../architectures/registry.ts';
import { usageError } from '../shared/errors.ts';
import { ADJUST_PREFIX, isParameterName, type Parameter } from '../space/parameters.ts';
import { titleOf } from './architecture.ts';
import { ADJUST_NAMES, canAdjust, furthestAdjust, type GivenAdjust } from './adjust.ts';
import { requireModelOf, settableOf, type GivenParameters } from './methods/given-parameters.ts';
import type { ParameterValue, Parameter as MethodParameter } from './methods/parameter.ts';
import { mergeMethod, mergeMethodNames, USUAL_METHOD } from './methods/registry.ts';

export const METHOD_PARAMETER = 'merge:method';
export const ORDER_PARAMETER = 'merge:order';
/** Which of the first two models is the base: what is not merged is its, and weight 0 is it. */
const ORDERS = ['AB', 'BA'] as const;

export interface SearchedMerge {
  readonly weights: BlockWeights;
  readonly method: string;
  readonly parameters: GivenParameters;
  readonly adjust: GivenAdjust;
  /** B is the base. */
  readonly isSwapped: boolean;
}

/** All that a search can move beside the block weights, whatever the number of models. */
export function parametersOfMerges(): Parameter[] {
  const methods = mergeMethodNames();
  return [
    {
      name: METHOD_PARAMETER,
      low: 0,
      high: methods.length - 1,
      choices: methods,
      neutral: methods.indexOf(USUAL_METHOD),
    },
    { name: ORDER_PARAMETER, low: 0, high: 1, choices: ORDERS, neutral: 0 },
    ...methods.flatMap((method, is) =>
      settableOf(mergeMethod(method)).flatMap((parameter) => {
        const own = parameterOf(parameter);
        if (own === undefined) return [];
        return [{ ...own, name: `${method}:${parameter.name}`, when: { name: METHOD_PARAMETER, is } }];
      }),
    ),
  ];
}

/**
 * What is searched must move something: it would cost images otherwise.
 * @param names of parameters that are searched or fixed
 * @param models how many are merged, A and B among them
 * @throws usage errors `block-unknown`, `model-c`
 */
export function requireEffect(
  names: readonly string[],
  { architecture, models }: { readonly architecture: Architecture; readonly models: number },
): void {
  for (const name of names) {
    const [base = name, pattern] = name.split('@');
    const parameter = settableCalled(base);
    if (parameter === undefined) continue;
    requireModelOf(parameter, models, name);
    if (pattern === undefined || blocksMeant(pattern, architecture).length > 0) continue;
    throw usageError(
      'block-unknown',
      `${name}: "${pattern}" does not match any block of ${titleOf(architecture)}; its blocks are ${blocksInWords(architecture)}.`,
    );
  }
}

function settableCalled(name: string): MethodParameter | undefined {
  const method = mergeMethodNames().find((one) => name.startsWith(`${one}:`));
  if (method === undefined) return undefined;
  return settableOf(mergeMethod(method)).find((one) => name === `${method}:${one.name}`);
}

/** What {@link METHOD_PARAMETER} is for a method. */
export function methodValue(method: string): number {
  return mergeMethodNames().indexOf(mergeMethod(method).name);
}

/**
 * How a model can be adjusted, none of them where its family cannot.
 * @param moving those that a search without a model B moves: they are shown to change an image, and take B's part in comparisons
 */
export function adjustParameters(architecture: Architecture, moving: readonly string[] = []): Parameter[] {
  if (!canAdjust(architecture)) return [];
  return ADJUST_NAMES.map((own) => {
    const name = ADJUST_PREFIX + own;
    const high = furthestAdjust(own);
    return { name, low: -high, high, neutral: 0, ...(moving.includes(name) && { full: 1 }) };
  });
}

/** The whole names of those among parameters, which may lack what stands before the colon. */
export function adjustsAmong(names: readonly string[]): string[] {
  const known = ADJUST_NAMES.map((own) => ADJUST_PREFIX + own);
  return names.flatMap((name) => {
    if (name.startsWith(ADJUST_PREFIX)) return [name];
    const whole = ADJUST_PREFIX + name;
    return known.includes(whole) ? [whole] : [];
  });
}

/** Undefined for a seed: no number is better than another. */
function parameterOf(parameter: MethodParameter): Omit<Parameter, 'name'> | undefined {
  const isPerBlock = parameter.per === 'block';
  if (parameter.kind === 'seed') return undefined;
  if (parameter.kind === 'choice') {
    const { choices } = parameter;
    return {
      low: 0,
      high: choices.length - 1,
      choices,
      neutral: choices.indexOf(parameter.default),
      isPerBlock,
    };
  }
  const { min: low, max: high, default: neutral, kind } = parameter;
  return { low, high, neutral, isWhole: kind === 'integer', isPerBlock };
}

/** In words, where a parameter is a choice; undefined for numbers and blocks. */
export function choiceOf(name: string, value: number): string | undefined {
  const [base] = name.split('@');
  return parametersOfMerges().find((parameter) => parameter.name === base)?.choices?.[value];
}

/** What block weights all of the methods take. */
export function weightRangeOf(methods: readonly string[]): { readonly low: number; readonly high: number } {
  const ranges = methods.flatMap((name) => {
    const [weight] = mergeMethod(name).parameters;
    return weight === undefined || weight.kind === 'choice' ? [] : [weight];
  });
  return {
    low: Math.max(-1, ...ranges.map(({ min }) => min)),
    high: Math.min(2, ...ranges.map(({ max }) => max)),
  };
}

/**
 * Of several methods, one that takes fewer models leaves out the last ones.
 * @throws usage error `model-c` where a method wants more than are given, or none takes so many
 */
export function requireModelCount(methods: readonly string[], models: number): void {
  for (const name of methods) {
    const { least, most } = mergeMethod(name).models;
    if (models >= least) continue;
    throw usageError(
      'model-c',
      `The method ${name} merges ${least === most ? least : `at least ${least}`} models, but ${models} were given: name model C with --model-c${least > 3 ? ' and more with --model' : ''}.`,
    );
  }
  const takesMost = methods
    .map((name) => mergeMethod(name))
    .toSorted((x, y) => y.models.most - x.models.most)[0];
  if (takesMost === undefined || models <= takesMost.models.most) return;
  const {
    name,
    models: { most },
  } = takesMost;
  throw usageError(
    'model-c',
    `The method ${name} merges ${most === 2 ? 'A and B only' : `at most ${most} models`}, but ${models} were given: leave out ${most === 2 ? '--model-c' : '--model'}, or choose another --method.`,
  );
}

/** Which method merges, and whether B is the base. @param named weights of a trial, parameters among them */
export function searchedMethod(named: BlockWeights): Pick<SearchedMerge, 'method' | 'isSwapped'> {
  return {
    method: mergeMethodNames()[named[METHOD_PARAMETER] ?? 0] ?? USUAL_METHOD,
    isSwapped: ORDERS[named[ORDER_PARAMETER] ?? 0] === 'BA',
  };
}

/** @param named weights of a trial, parameters among them */
export function readSearchedMerge(named: BlockWeights, architecture: Architecture): SearchedMerge {
  const entries = Object.entries(named);
  const weights = Object.fromEntries(entries.filter(([name]) => !isParameterName(name)));
  const { method, isSwapped } = searchedMethod(named);
  const own = entries.flatMap(([name, value]) =>
    name.startsWith(`${method}:`) ? [[name.slice(method.length + 1), value] as const] : [],
  );
  const parameters = Object.fromEntries(
    settableOf(mergeMethod(method)).flatMap((parameter) => {
      const given = givenOf(parameter, own, architecture);
      return given === undefined ? [] : [[parameter.name, given] as const];
    }),
  );
  const adjust = Object.fromEntries(
    entries.flatMap(([name, value]) =>
      name.startsWith(ADJUST_PREFIX) ? [[name.slice(ADJUST_PREFIX.length), value] as const] : [],
    ),
  );
  return { weights, method, parameters, adjust, isSwapped };
}

function givenOf(
  parameter: MethodParameter,
  own: readonly (readonly [string, number])[],
  architecture: Architecture,
): GivenParameters[string] | undefined {
  const meant = (value: number): ParameterValue =>
    parameter.kind === 'choice' ? (parameter.choices[value] ?? parameter.default) : value;
  const whole = own.find(([name]) => name === parameter.name)?.[1];
  const parts = own.flatMap(([name, value]) => {
    const [base, pattern] = name.split('@');
    return base === parameter.name && pattern !== undefined ? [[pattern, value] as const] : [];
  });
  if (whole === undefined && parts.length === 0) return undefined;
  const blocks: Record<BlockName, ParameterValue> = {};
  for (const [pattern, value] of inOrderOfExactness(parts))
    for (const block of blocksMeant(pattern, architecture)) blocks[block] = meant(value);
  return {
    ...(whole !== undefined && { value: meant(whole) }),
    ...(parts.length > 0 && { blocks }),
  };
}

function blocksMeant(pattern: string, architecture: Architecture): readonly BlockName[] {
  const network = blocksLike(pattern, allBlocksOf(architecture));
  return network.length > 0 ? network : blocksLike(pattern, partNamesOf(architecture));
}
