/** What random and cyclical drawing have in common: nothing ever comes to an end. */
import type { Node, Wrap } from '../grammar/ast.ts';
import { nextText, type Context, type Texts } from './context.ts';
import { joinTexts } from './join.ts';
import { textsOf } from './texts.ts';
import { wrapAround } from './wrap.ts';

export function* endlessLiteral(text: string): Texts {
  for (;;) yield text;
}

/** Each part goes on by one for each text. */
export function* endlessSequence(parts: readonly Node[], context: Context): Texts {
  const all = parts.map((part) => textsOf(part, context));
  for (;;) {
    context.drawing.budget.spend(all.length / 10);
    yield joinTexts(
      all.map((texts) => nextText(texts, context)),
      '',
      context.drawing.budget,
    );
  }
}

export function* endlessWrap(node: Wrap, context: Context): Texts {
  const wrappers = textsOf(node.wrapper, context);
  const inners = textsOf(node.inner, context);
  for (;;) {
    const wrapper = nextText(wrappers, context);
    yield wrapAround(wrapper, nextText(inners, context), context.drawing.budget);
  }
}
