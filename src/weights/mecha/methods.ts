/** The methods of sd-mecha that block weights can express. Source: `linear.py`, `logistics.py` and the converters of sd-mecha 1.1.8. */
import { BadLine } from '../../formats/mecha/instructions.ts';
import { shown } from '../../formats/mecha/tokens.ts';
import { findLayout, ofBlocks, toModel } from './layouts.ts';
import { ofOldBlocks, ofOldNumber } from './old-layout.ts';
import { combine, everywhere, saidOf, type Spread } from './spread.ts';
import { NOTHING, weightsIn, type Difference, type Mix, type Value } from './value.ts';

/** The names of what a method takes, in its order; with the value of what may be left out. */
const METHODS: Readonly<Record<string, readonly (readonly [name: string, standard?: number])[]>> = {
  weighted_sum: [['a'], ['b'], ['alpha', 0.5]],
  add_difference: [['a'], ['b'], ['alpha', 1]],
  subtract: [['a'], ['b']],
  fallback: [['a'], ['default']],
  convert_singleton: [['singleton']],
  convert_sd1_blocks_to_ldm: [['blocks']],
  convert_sdxl_blocks_to_sgm: [['blocks']],
  pick_component: [['a'], ['component']],
  omit_component: [['a'], ['component']],
};

/**
 * @param isOld is the recipe one of sd-mecha 0.0, where weights by block have other names?
 * @throws BadLine with the name of a method that block weights cannot express
 */
export function merge(
  method: string,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
  isOld: boolean,
): Value {
  const parameters = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (parameters === undefined) {
    throw new BadLine(
      `merge "${shown(method)}" has no equivalent in block weights, which can express ${Object.keys(METHODS).slice(0, 3).join(', ')}`,
    );
  }
  const names = parameters.map(([name]) => name);
  const foreign =
    [...named.keys()].find((name) => !names.includes(name)) ??
    (positional.length > names.length ? `argument ${positional.length}` : undefined);
  if (foreign !== undefined)
    throw new BadLine(`merge "${method}" does not take ${shown(foreign)}, but ${names.join(', ')}`);
  const values = parameters.map(([name, standard], position): Value => {
    const value = named.get(name) ?? positional[position];
    if (value !== undefined) return value;
    if (standard !== undefined) return { kind: 'weights', spread: everywhere(standard) };
    throw new BadLine(`merge "${method}" lacks ${name}`);
  });
  const [a = NOTHING, b = NOTHING, alpha = NOTHING] = values;
  switch (method) {
    case 'weighted_sum':
      return weightedSum(tensors(a, method), tensors(b, method), weights(alpha, tensors(a, method), isOld));
    case 'add_difference':
      return addDifference(tensors(a, method), b, weights(alpha, tensors(a, method), isOld));
    case 'subtract':
      return subtract(tensors(a, method), tensors(b, method));
    case 'fallback':
      return fallback(a, b);
    case 'pick_component':
    case 'omit_component':
      return component(a, b, method === 'pick_component');
    case 'convert_singleton':
      return a.kind === 'weights' || a.kind === 'text'
        ? a
        : refuse(`merge "${method}" is given something other than a number`);
    default:
      return convert(a, method);
  }
}

function nested(method: string): string {
  return `merge "${method}" takes the result of another merge, but block weights can express only one: write the inner merge to a checkpoint first, and name that file here`;
}

function refuse(what: string): never {
  throw new BadLine(what);
}

function tensors(value: Value, method: string): Spread<Mix> {
  if (value.kind === 'tensors') return value.spread;
  return refuse(
    `merge "${method}" is given ${value.kind === 'difference' ? 'a difference of models' : 'something else'} where a checkpoint is needed`,
  );
}

function weights(value: Value, of: Spread<Mix>, isOld: boolean): Spread<number> {
  const layout = findLayout(of.layout);
  if (isOld && layout !== undefined && (value.kind === 'weights' || value.kind === 'table')) {
    return value.kind === 'table'
      ? ofOldBlocks(weightsIn(value.entries), layout)
      : ofOldNumber(value.spread.rest ?? 0, layout);
  }
  if (value.kind === 'weights') return value.spread;
  return refuse(
    value.kind === 'table'
      ? 'The names of its weights do not match the model keys: convert them with sd_mecha.convert(weights, model)'
      : 'Its alpha is not a number or weights',
  );
}

function weightedSum(a: Spread<Mix>, b: Spread<Mix>, alpha: Spread<number>): Value {
  const pairs = combine(a, b, (x, y) => ({ x, y }));
  const spread = combine(pairs, alpha, (pair, weight) => mix(pair?.x, pair?.y, weight));
  return { kind: 'tensors', spread };
}

/** Only what is exactly one sum of two models, whatever it was nested in. */
function mix(x: Mix | undefined, y: Mix | undefined, weight: number | undefined): Mix | undefined {
  if (weight === undefined) return undefined;
  if (weight === 0) return x;
  if (weight === 1) return y;
  if (x === undefined || y === undefined) return undefined;
  if (!('model' in x) || !('model' in y)) {
    return refuse(nested('weighted_sum'));
  }
  return x.model === y.model ? x : { a: x.model, b: y.model, weight };
}

function subtract(a: Spread<Mix>, b: Spread<Mix>): Value {
  const spread = combine(a, b, (x, y): Difference | undefined => {
    if (x === undefined || y === undefined) return undefined;
    if ('model' in x && 'model' in y) return { of: x.model, from: y.model };
    return refuse(nested('subtract'));
  });
  return { kind: 'difference', spread };
}

function addDifference(a: Spread<Mix>, b: Value, alpha: Spread<number>): Value {
  if (b.kind !== 'difference') return refuse('merge "add_difference" needs a merge "subtract" of two models');
  const pairs = combine(a, b.spread, (x, difference) => ({ x, difference }));
  const spread = combine(pairs, alpha, (pair, weight): Mix | undefined => {
    const { x, difference } = pair ?? {};
    if (weight === 0 || x === undefined) return x;
    if (weight === undefined || difference === undefined) return undefined;
    if (!('model' in x)) {
      return refuse(nested('add_difference'));
    }
    const { of, from } = difference;
    return { a: x.model, b: of, weight, ...(from !== x.model && { c: from }) };
  });
  return { kind: 'tensors', spread };
}

function fallback(a: Value, b: Value): Value {
  if (a.kind === 'tensors' && b.kind === 'tensors') {
    return { kind: 'tensors', spread: combine(a.spread, b.spread, (x, y) => x ?? y) };
  }
  if (a.kind === 'weights' && b.kind === 'weights') {
    return { kind: 'weights', spread: combine(a.spread, b.spread, (x, y) => x ?? y) };
  }
  return refuse(
    'merge "fallback" is given two different kinds of values, or weights whose names do not match the model keys',
  );
}

function component(value: Value, name: Value, isPicked: boolean): Value {
  if (value.kind !== 'tensors' && value.kind !== 'weights')
    return refuse('It picks from something that is not a checkpoint or weights');
  const layout = findLayout(value.spread.layout);
  const component = name.kind === 'text' ? name.value : '';
  const blocks = layout?.components[component];
  if (layout === undefined || blocks === undefined) {
    return refuse(
      `There is no component "${shown(component)}" in ${value.spread.layout ?? 'models with an unknown config'}`,
    );
  }
  return value.kind === 'tensors'
    ? { kind: 'tensors', spread: picked(value.spread, blocks, isPicked) }
    : { kind: 'weights', spread: picked(value.spread, blocks, isPicked) };
}

function picked<T>(spread: Spread<T>, blocks: readonly string[], isPicked: boolean): Spread<T> {
  const chosen = blocks.map((block) => [block, isPicked ? saidOf(spread, block) : undefined] as const);
  if (isPicked) return { ...spread, rest: undefined, at: new Map(chosen) };
  return { ...spread, at: new Map([...spread.at, ...chosen]) };
}

function convert(value: Value, method: string): Value {
  const layout = findLayout(method);
  if (layout === undefined) return refuse(`merge "${method}" converts something unknown`);
  if (value.kind === 'table')
    return { kind: 'weights', spread: toModel(ofBlocks(weightsIn(value.entries), layout), layout) };
  if (value.kind === 'weights' && (value.spread.layout ?? layout.blockConfig) === layout.blockConfig) {
    return { kind: 'weights', spread: toModel(value.spread, layout) };
  }
  return refuse(`merge "${method}" needs weights for ${layout.blockConfig}`);
}
