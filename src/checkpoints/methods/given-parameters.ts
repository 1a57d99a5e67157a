/** Parameters of a method as they are given, for the whole merge or for a block, checked and completed. */
import type { BlockName, BlockWeights } from '../../architectures/architecture.ts';
import { usageError } from '../../shared/errors.ts';
import { didYouMean } from '../../shared/nearest-name.ts';
import type { MergeMethod } from './method.ts';
import { WEIGHT, type Parameter, type ParameterValue, type ParameterValues } from './parameter.ts';

/** What one parameter is: `value` wherever no block has one of its own. */
export interface GivenParameter {
  readonly value?: ParameterValue | undefined;
  readonly blocks?: Readonly<Record<BlockName, ParameterValue>> | undefined;
}

/** By name; without `weight`, which the block weights are. */
export type GivenParameters = Readonly<Record<string, GivenParameter>>;

/** The same with a value for every parameter of the method. */
export type CompleteParameters = Readonly<
  Record<
    string,
    {
      readonly value: ParameterValue;
      readonly blocks?: Readonly<Record<BlockName, ParameterValue>> | undefined;
    }
  >
>;

/**
 * @param blocks that exist in the models
 * @param models how many are merged, A among them
 * @throws usage errors `parameter-unknown` with the nearest name, `parameter-invalid`, `block-unknown`, `model-c`
 */
export function completeParameters(
  method: MergeMethod,
  given: GivenParameters,
  blocks: readonly BlockName[],
  models: number,
): CompleteParameters {
  requireKnown(method, Object.keys(given));
  const settable = settableOf(method);
  return Object.fromEntries(
    settable.map((parameter) => {
      const { value = parameter.default, blocks: own = {} } = given[parameter.name] ?? {};
      requireFit(method, parameter, value);
      // A recipe of before names the unused ones too, as they are when nobody names them.
      if ([value, ...Object.values(own)].some((one) => one !== parameter.default))
        requireModelOf(parameter, models, parameter.name);
      const names = Object.keys(own);
      if (names.length === 0) return [parameter.name, { value }];
      requireBlockWise(method, parameter, names);
      for (const [block, ofBlock] of Object.entries(own)) {
        requireBlock(block, blocks);
        requireFit(method, parameter, ofBlock, block);
      }
      return [parameter.name, { value, blocks: own }];
    }),
  );
}

/** All values of one block. @param weight the block's */
export function valuesOfBlock(
  parameters: CompleteParameters,
  block: BlockName,
  weight: number,
): ParameterValues {
  const others = Object.entries(parameters).map(([name, { value, blocks }]) => [
    name,
    blocks?.[block] ?? value,
  ]);
  return { [WEIGHT]: weight, ...Object.fromEntries(others) };
}

/** @throws usage error `weight-out-of-range` */
export function requireWeights(method: MergeMethod, weights: BlockWeights): void {
  const [parameter] = method.parameters;
  if (parameter === undefined || parameter.kind === 'choice') throw new Error('every method has a weight');
  const { min, max } = parameter;
  for (const [name, weight] of Object.entries(weights)) {
    if (weight >= min && weight <= max) continue;
    const isNarrow = min > -1 || max < 2;
    throw usageError(
      'weight-out-of-range',
      `The weight of ${name} is ${weight}; it must be from ${min} to ${max}${isNarrow ? ` with ${method.name}` : ''}.`,
    );
  }
}

/** All but the weight. */
export function settableOf({ parameters }: MergeMethod): Parameter[] {
  return parameters.filter(({ name }) => name !== WEIGHT);
}

function requireKnown(method: MergeMethod, names: readonly string[]): void {
  const known = settableOf(method).map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  if (unknown === WEIGHT) {
    throw usageError(
      'parameter-unknown',
      'The weight is not a parameter: give it with the block weights (--weights 0.5, --weights IN04=0.3).',
    );
  }
  const has = known.length === 0 ? 'it has only the block weights' : `it has ${known.join(', ')}`;
  throw usageError(
    'parameter-unknown',
    `The method ${method.name} has no parameter "${unknown}"; ${has}.${didYouMean(unknown, known)}`,
  );
}

/**
 * @param models how many are merged, A among them
 * @param name of the parameter, for the message
 * @throws usage error `model-c` for a parameter of a model that is not there
 */
export function requireModelOf(parameter: Parameter, models: number, name: string): void {
  if (hasModelOf(parameter, models)) return;
  throw usageError(
    'model-c',
    `${name} is the ${parameter.description.replace(/, if given$/, '')}, but only ${models} models are merged: add models with --model, or leave it out.`,
  );
}

/** Has it anything to be about? @param models how many are merged, A among them */
export function hasModelOf(parameter: Parameter, models: number): boolean {
  return parameter.kind === 'choice' || (parameter.ofModel ?? 0) <= models;
}

function requireBlockWise(method: MergeMethod, { name, per }: Parameter, blocks: readonly BlockName[]): void {
  if (per === 'block') return;
  throw usageError(
    'parameter-invalid',
    `The parameter ${name} of ${method.name} applies to the whole merge, not to ${blocks.join(', ')}: give it without a block.`,
  );
}

function requireBlock(block: BlockName, blocks: readonly BlockName[]): void {
  if (blocks.includes(block)) return;
  throw usageError('block-unknown', `The models have no block "${block}".${didYouMean(block, blocks)}`);
}

function requireFit(
  method: MergeMethod,
  parameter: Parameter,
  value: ParameterValue,
  block?: BlockName,
): void {
  if (doesFit(parameter, value)) return;
  const where = block === undefined ? '' : ` for ${block}`;
  throw usageError(
    'parameter-invalid',
    `The parameter ${parameter.name} of ${method.name} is ${JSON.stringify(value)}${where}; it must be ${rangeInWords(parameter)}.`,
  );
}

function doesFit(parameter: Parameter, value: ParameterValue): boolean {
  if (parameter.kind === 'choice') return typeof value === 'string' && parameter.choices.includes(value);
  if (typeof value !== 'number' || !(value >= parameter.min && value <= parameter.max)) return false;
  return parameter.kind === 'number' || Number.isInteger(value);
}

/** "a number from 0 to 1". */
export function rangeInWords(parameter: Parameter): string {
  if (parameter.kind === 'choice') return `one of ${parameter.choices.join(', ')}`;
  const { kind, min, max } = parameter;
  return `a ${kind === 'number' ? 'number' : 'whole number'} from ${min} to ${max}`;
}
