/**
 * What a merge method may be told beside its models: every number and choice by its name, with its range. A search takes any of them as a
 * dimension, from this list alone.
 */

export type ParameterValue = number | string;
/** Values of one block, by the name of the parameter; complete. */
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

interface Named {
  readonly name: string;
  /** One line for people. */
  readonly description: string;
  /** `block`: every block may have a value of its own; `whole`: one for the whole merge. */
  readonly per: 'block' | 'whole';
}

export interface NumberParameter extends Named {
  /** It is about one of the models, the third, the fourth …; without that model it has no effect. Absent = about all. */
  readonly ofModel?: number;
  /** `integer`: whole numbers only; `seed`: one too, but no number is better than another, so there is nothing to search. */
  readonly kind: 'number' | 'integer' | 'seed';
  /** Both are allowed values. */
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

export interface ChoiceParameter extends Named {
  readonly kind: 'choice';
  readonly choices: readonly string[];
  readonly default: string;
}

export type Parameter = NumberParameter | ChoiceParameter;

/** The name of every method's first parameter: how much of the merge a block gets. It comes with the block weights, not with the parameters. */
export const WEIGHT = 'weight';

/**
 * The first parameter of every method.
 * @param usual for blocks when no weights are given
 * @param range of the weights; -1 to 2 unless the formula has no meaning there
 */
export function weightParameter(
  description: string,
  usual: number,
  { min, max }: { readonly min: number; readonly max: number } = { min: -1, max: 2 },
): NumberParameter {
  return { name: WEIGHT, kind: 'number', description, per: 'block', min, max, default: usual };
}

export const SEED: NumberParameter = {
  name: 'seed',
  kind: 'seed',
  description: 'of what is dropped at random',
  per: 'whole',
  min: 0,
  max: 2 ** 32 - 1,
  default: 0,
};

/** @throws a defect: the method has no number of that name */
export function numberOf(values: ParameterValues, name: string): number {
  const value = values[name];
  if (typeof value !== 'number') throw new Error(`no number is called ${name}`);
  return value;
}
