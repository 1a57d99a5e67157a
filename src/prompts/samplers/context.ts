import { usageError } from '../../shared/errors.ts';
import type { Method, Node, Source, Variants, Wildcard, Wrap } from '../grammar/ast.ts';
import type { NodeMaker } from '../grammar/nodes.ts';
import { parseTemplate } from '../grammar/parse.ts';
import type { Budget } from '../limits.ts';
import type { RandomSource } from '../random-source.ts';
import type { Wildcards } from '../wildcards/wildcards.ts';

/** Texts one after the other: an end only where everything has been combined with everything. */
export type Texts = Generator<string, void, undefined>;

/** One way of drawing. What is not marked otherwise inside a choice is drawn the same way. */
export interface Sampler {
  readonly sequence: (parts: readonly Node[], context: Context) => Texts;
  readonly variants: (node: Variants, context: Context) => Texts;
  readonly wildcard: (node: Wildcard, context: Context) => Texts;
  readonly wrap: (node: Wrap, context: Context) => Texts;
  readonly literal: (text: string) => Texts;
}

/** What one drawing shares. */
export interface Drawing {
  readonly samplers: Readonly<Record<Method, Sampler>>;
  readonly wildcards: Wildcards;
  readonly random: RandomSource;
  readonly budget: Budget;
  readonly make: NodeMaker;
  /** Runs of white space become one space, none stays at the ends. */
  readonly ignoreWhitespace: boolean;
  /** Values of wildcards that were read before. */
  readonly parsed: Map<string, Node>;
}

/** Where in the tree the drawing is. */
export interface Context {
  readonly drawing: Drawing;
  readonly method: Method;
  readonly variables: ReadonlyMap<string, Node>;
  /** Variables and wildcards that are being drawn, to find what uses itself. */
  readonly accessing: readonly string[];
  readonly chain: readonly string[];
  readonly depth: number;
}

/** Combinations come to an end; random draws and rounds do not. */
export function endsSometime(method: Method): boolean {
  return method === 'combinatorial';
}

/** The way in which a node is drawn here: its mark, but nothing that ends inside something that does not. */
export function methodOf(node: Node, context: Context): Method {
  const marked = 'method' in node ? node.method : undefined;
  if (marked === undefined) return context.method;
  return endsSometime(marked) && !endsSometime(context.method) ? context.method : marked;
}

/** @throws usage error `prompt-nothing` where the text must go on but has come to an end */
export function nextText(texts: Texts, context: Context): string {
  const { done, value } = texts.next();
  if (done !== true) return value;
  throw usageError(
    'prompt-nothing',
    `${context.drawing.budget.place}: a part of the template never produces any text; look for choices that take more different options than they have, or for wildcards whose weights are all 0.`,
  );
}

export function squash(text: string, context: Context): string {
  return context.drawing.ignoreWhitespace ? text.split(/\s+/).filter(Boolean).join(' ') : text;
}

/** Every value of a wildcard is read once for a drawing. */
export function parseValue(source: Source, context: Context): Node {
  const { parsed, make } = context.drawing;
  const known = parsed.get(source.text);
  if (known !== undefined) return known;
  const name = `${context.drawing.budget.place}, through ${source.name}`;
  const node = parseTemplate({ name, text: source.text }, make);
  parsed.set(source.text, node);
  return node;
}
