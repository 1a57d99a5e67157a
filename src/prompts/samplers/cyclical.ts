import type { Node, Variants, Wildcard } from '../grammar/ast.ts';
import { combinations } from './combinations.ts';
import { nextText, parseValue, type Context, type Sampler, type Texts } from './context.ts';
import { endlessLiteral, endlessSequence, endlessWrap } from './endless.ts';
import { joinTexts } from './join.ts';
import { squashedTextsOf, textsOf } from './texts.ts';
import { findValues, repeated, spread } from './wildcard-values.ts';

/** Option after option, from the first again after the last. */
export const cyclicalSampler: Sampler = {
  literal: endlessLiteral,
  sequence: endlessSequence,
  wrap: endlessWrap,
  variants: cyclicalVariants,
  wildcard: cyclicalWildcard,
};

function* cyclicalVariants(node: Variants, context: Context): Texts {
  const wide = spread(node, context);
  if (wide !== undefined) yield* cyclicalVariants(wide.node, wide.context);
  else yield* inTurn(combinedTexts(node, context), context);
}

function* combinedTexts(node: Variants, context: Context): Generator<Texts, void, undefined> {
  for (const values of combinations(node, context.drawing.budget)) {
    yield joinedTexts(values, node.separator, context);
  }
}

/** The parts of one combination go on together, the last one first. */
function* joinedTexts(values: readonly Node[], separator: string, context: Context): Texts {
  const all = values.map((value) => textsOf(value, context));
  for (;;) {
    const texts = all.toReversed().map((part) => nextText(part, context));
    yield joinTexts(texts.toReversed(), separator, context.drawing.budget);
  }
}

function* cyclicalWildcard(node: Wildcard, outer: Context): Texts {
  const { values, context } = findValues(node, outer);
  const inside: Context = { ...context, method: 'cyclical' };
  function* samplers(): Generator<Texts, void, undefined> {
    for (const value of repeated(values)) yield squashedTextsOf(parseValue(value.source, inside), inside);
  }
  yield* inTurn(samplers(), inside);
}

/** One text of each in turn; each goes on where it was. They are made when their turn comes. */
function* inTurn(fresh: Generator<Texts, void, undefined>, context: Context): Texts {
  const known: Texts[] = [];
  for (const texts of fresh) {
    known.push(texts);
    yield nextText(texts, context);
  }
  while (known.length > 0) {
    for (const texts of known) {
      context.drawing.budget.spend(1);
      yield nextText(texts, context);
    }
  }
}
