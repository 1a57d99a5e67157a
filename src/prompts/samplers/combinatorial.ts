import { isNothing, type Node, type Variants, type Wildcard, type Wrap } from '../grammar/ast.ts';
import { combinations } from './combinations.ts';
import {
  endsSometime,
  methodOf,
  nextText,
  parseValue,
  type Context,
  type Sampler,
  type Texts,
} from './context.ts';
import { joinTexts } from './join.ts';
import { squashedTextsOf, textsOf } from './texts.ts';
import { findValues, repeated, spread } from './wildcard-values.ts';
import { wrapAround } from './wrap.ts';

/** Everything with everything, the last part changing fastest. Parts marked `~` or `@` go on by one for each text. */
export const combinatorialSampler: Sampler = {
  *literal(text) {
    yield text;
  },
  sequence: combinedSequence,
  variants: combinedVariants,
  wildcard: combinedWildcard,
  wrap: combinedWrap,
};

/** One place of a sequence: texts that end are gone through again for each text before them. */
interface Wheel {
  readonly node: Node;
  readonly ends: boolean;
  texts: Texts;
  now: string;
}

function* combinedSequence(parts: readonly Node[], context: Context): Texts {
  // Two parts that say the same and do not end share their texts.
  const shared = new Map<number, Texts>();
  const wheels = parts.map((node): Wheel => {
    const ends = endsSometime(methodOf(node, context));
    const texts = ends ? nothing() : (shared.get(node.id) ?? textsOf(node, context));
    if (!ends) shared.set(node.id, texts);
    return { node, ends, texts, now: '' };
  });
  const ending = wheels.filter((wheel) => wheel.ends);
  const { budget } = context.drawing;
  restart(ending, context);
  do {
    for (const wheel of wheels.toReversed()) {
      if (!wheel.ends) wheel.now = nextText(wheel.texts, context);
    }
    budget.spend(wheels.length);
    yield joinTexts(
      wheels.map((wheel) => wheel.now),
      '',
      budget,
    );
  } while (turn(ending, context));
}

function* nothing(): Texts {}

/** The next combination, like the wheels of a counter; false after the last. */
function turn(wheels: readonly Wheel[], context: Context): boolean {
  for (let i = wheels.length - 1; i >= 0; i--) {
    const wheel = wheels[i];
    if (wheel === undefined) continue;
    context.drawing.budget.spend(1);
    const { done, value } = wheel.texts.next();
    if (done === true) continue;
    wheel.now = value;
    restart(wheels.slice(i + 1), context);
    return true;
  }
  return false;
}

function restart(wheels: readonly Wheel[], context: Context): void {
  for (const wheel of wheels) {
    wheel.texts = textsOf(wheel.node, context);
    wheel.now = nextText(wheel.texts, context);
  }
}

function* combinedVariants(node: Variants, context: Context): Texts {
  const wide = spread(node, context);
  if (wide !== undefined) {
    yield* combinedVariants(wide.node, wide.context);
    return;
  }
  const { budget } = context.drawing;
  const seen = new Set<string>();
  for (const values of combinations(node, budget)) {
    for (const texts of combined(values, context)) {
      budget.spend(1);
      // The same text twice in one combination, or the same combination again, is left out.
      if (new Set(texts).size < texts.length) continue;
      const key = JSON.stringify(texts);
      if (seen.has(key)) continue;
      seen.add(key);
      yield joinTexts(texts, node.separator, budget);
    }
  }
}

function* combined(values: readonly Node[], context: Context): Generator<readonly string[], void, undefined> {
  const [first, ...rest] = values;
  if (first === undefined) {
    yield [];
    return;
  }
  const texts = textsOf(first, context);
  if (endsSometime(methodOf(first, context))) {
    for (const text of texts) {
      for (const others of combined(rest, context)) yield [text, ...others];
    }
  } else {
    for (const others of combined(rest, context)) yield [nextText(texts, context), ...others];
  }
}

function* combinedWildcard(node: Wildcard, outer: Context): Texts {
  const { values, context } = findValues(node, outer);
  for (const value of repeated(values)) yield* squashedTextsOf(parseValue(value.source, context), context);
}

function* combinedWrap(node: Wrap, context: Context): Texts {
  if (isNothing(node.wrapper) || isNothing(node.inner)) return;
  for (const wrapper of squashedTextsOf(node.wrapper, context)) {
    for (const inner of squashedTextsOf(node.inner, context)) {
      yield wrapAround(wrapper, inner, context.drawing.budget);
    }
  }
}
