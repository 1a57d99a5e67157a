import { usageError } from '../../shared/errors.ts';
import { describePlace, type Node, type Variants, type Wildcard } from '../grammar/ast.ts';
import type { WildcardValue } from '../wildcards/wildcards.ts';
import { nextText, parseValue, squash, type Context } from './context.ts';
import { textsOf } from './texts.ts';

export interface Found {
  readonly values: readonly WildcardValue[];
  /** For drawing the values: with the wildcard's own variables, and knowing that it is being drawn. */
  readonly context: Context;
}

/**
 * The values behind a wildcard; a choice in its name is made once.
 * @throws usage errors `wildcard-unknown`, `wildcard-recursion` and others of the wildcards
 */
export function findValues(node: Wildcard, context: Context): Found {
  const name = squash(nextText(textsOf(node.path, context), context), context);
  const where = describePlace(node.place);
  const values = context.drawing.wildcards.find(name, where);
  if (context.chain.includes(name)) {
    const round = [...context.chain.slice(context.chain.indexOf(name)), name].join(' -> ');
    throw usageError('wildcard-recursion', `${where}: the wildcard "${name}" uses itself: ${round}.`);
  }
  return {
    values,
    context: {
      ...context,
      variables: new Map([...context.variables, ...node.variables]),
      chain: [...context.chain, name],
    },
  };
}

/** Each value as often as its weight says, decimals cut off; a weight below 1 makes it rare, and only 0 leaves it out. */
export function* repeated(values: readonly WildcardValue[]): Generator<WildcardValue, void, undefined> {
  for (const value of values) {
    const times = value.weight > 0 ? Math.max(1, Math.floor(value.weight)) : 0;
    for (let i = 0; i < times; i++) yield value;
  }
}

/**
 * A choice whose only option is a wildcard chooses among the values, so that `{2$$__colours__}` takes two colours.
 * Undefined for any other choice. The variables of the wildcard are left out, as the package does.
 */
export function spread(
  node: Variants,
  context: Context,
): { readonly node: Variants; readonly context: Context } | undefined {
  const [only] = node.options;
  if (node.options.length !== 1 || only?.value.type !== 'wildcard') return undefined;
  const wildcard = only.value;
  const found = findValues({ ...wildcard, variables: new Map() }, context);
  const options: { value: Node; weight: number }[] = [];
  for (const value of repeated(found.values)) {
    context.drawing.budget.spend(1);
    options.push({ value: parseValue(value.source, context), weight: 1 });
  }
  const { make } = context.drawing;
  const count = found.values.length;
  const { place, separator, min, max } = node;
  return {
    node: make.variants({
      options,
      min: Math.min(min, count),
      max: Math.min(max, count),
      separator,
      method: undefined,
      place,
    }),
    context: found.context,
  };
}
