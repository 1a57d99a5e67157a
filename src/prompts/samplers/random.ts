import { usageError } from '../../shared/errors.ts';
import { describePlace, type Node, type Variants, type Wildcard } from '../grammar/ast.ts';
import { nextText, parseValue, squash, type Context, type Sampler, type Texts } from './context.ts';
import { endlessLiteral, endlessSequence, endlessWrap } from './endless.ts';
import { joinTexts } from './join.ts';
import { textsOf } from './texts.ts';
import { findValues, spread } from './wildcard-values.ts';

/** Each text is drawn again; options that are taken together are drawn without putting back. */
export const randomSampler: Sampler = {
  literal: endlessLiteral,
  sequence: endlessSequence,
  wrap: endlessWrap,
  variants: randomVariants,
  wildcard: randomWildcard,
};

function* randomVariants(node: Variants, context: Context): Texts {
  const wide = spread(node, context);
  const [only] = node.options;
  if (wide !== undefined) yield* randomVariants(wide.node, wide.context);
  // A single option is there whatever the bounds say.
  else if (only !== undefined && node.options.length === 1) yield* textsOf(only.value, context);
  else if (only !== undefined) yield* drawnVariants(node, context);
}

function* drawnVariants(node: Variants, context: Context): Texts {
  const { random, budget } = context.drawing;
  for (;;) {
    const count = random.between(
      Math.min(node.min, node.options.length),
      Math.min(node.max, node.options.length),
    );
    const parts = take(node, count, context).map((value) => nextText(textsOf(value, context), context));
    yield joinTexts(parts, node.separator, budget);
  }
}

/**
 * Options by weight, without putting back. When one is taken, the first weight of that size goes with it: where
 * weights repeat, the others move up by one. That is how the package counts, and its numbers are the yardstick.
 */
function take(node: Variants, count: number, context: Context): Node[] {
  const values = node.options.map((option) => option.value);
  const weights = node.options.map((option) => option.weight);
  const taken: Node[] = [];
  for (let i = 0; i < count; i++) {
    context.drawing.budget.spend(1 + values.length / 50);
    const drawn = values[context.drawing.random.weighted(weights) ?? -1];
    if (drawn === undefined) {
      throw usageError(
        'prompt-weights',
        `${describePlace(node.place)}: none of the options left has a weight above 0; choose fewer, or raise a weight.`,
      );
    }
    taken.push(drawn);
    const first = values.findIndex((value) => value.id === drawn.id);
    weights.splice(weights.indexOf(weights[first] ?? 0), 1);
    values.splice(first, 1);
  }
  return taken;
}

function* randomWildcard(node: Wildcard, context: Context): Texts {
  const found = findValues(node, context);
  const weights = found.values.map((value) => value.weight);
  const { random, budget } = context.drawing;
  const equal = weights.every((weight) => weight === weights[0]);
  for (;;) {
    budget.spend(1 + (equal ? 0 : weights.length / 50));
    const at = equal ? random.between(0, weights.length - 1) : random.weighted(weights);
    const value = found.values[at ?? -1];
    if (value === undefined) {
      throw usageError(
        'prompt-weights',
        `${describePlace(node.place)}: no value of the wildcard has a weight above 0.`,
      );
    }
    const text = nextText(textsOf(parseValue(value.source, context), found.context), found.context);
    yield squash(text, context);
  }
}
