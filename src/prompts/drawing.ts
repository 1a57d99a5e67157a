import type { Method, Node, Source } from './grammar/ast.ts';
import { createNodeMaker } from './grammar/nodes.ts';
import { parseTemplate } from './grammar/parse.ts';
import type { Budget } from './limits.ts';
import type { RandomSource } from './random-source.ts';
import { squash, type Context, type Drawing } from './samplers/context.ts';
import { samplers } from './samplers/index.ts';
import { textsOf } from './samplers/texts.ts';
import type { Wildcards } from './wildcards/wildcards.ts';

/** What a drawing needs from outside. */
export interface Means {
  readonly wildcards: Wildcards;
  readonly random: RandomSource;
  readonly budget: Budget;
  readonly ignoreWhitespace: boolean;
}

/**
 * At most `count` texts of a template; only those are made.
 * @throws usage errors of parsing and drawing
 */
export function drawTexts(source: Source, method: Method, count: number, means: Means): string[] {
  const context = createContext(method, means);
  const node: Node = parseTemplate(source, context.drawing.make);
  const drawn: string[] = [];
  for (const text of textsOf(node, context)) {
    drawn.push(squash(text, context));
    if (drawn.length >= count) break;
  }
  return drawn;
}

function createContext(method: Method, means: Means): Context {
  const drawing: Drawing = { ...means, samplers, make: createNodeMaker(), parsed: new Map() };
  return { drawing, method, variables: new Map(), accessing: [], chain: [], depth: 0 };
}
