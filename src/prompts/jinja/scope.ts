import type { AutombwError } from '../../shared/errors.ts';
import type { Means } from '../drawing.ts';
import type { Source } from '../grammar/ast.ts';
import { limitError } from '../limits.ts';
import { jinjaError, type JinjaNode } from './syntax.ts';
import type { Value } from './values.ts';

/** One rendering. */
export interface Rendering {
  readonly source: Source;
  readonly means: Means;
  /** The text of each prompt block so far. */
  readonly blocks: string[];
  /** How deep the evaluation is. */
  depth: number;
}

/** Names inside a loop or a macro; what is set there does not come out. */
export interface Scope {
  readonly names: Map<string, Value>;
  readonly outer: Scope | undefined;
}

export function innerScope(outer: Scope, names: Iterable<readonly [string, Value]> = []): Scope {
  return { names: new Map(names), outer };
}

export function lookUp(scope: Scope, name: string): Value {
  for (let here: Scope | undefined = scope; here !== undefined; here = here.outer) {
    if (here.names.has(name)) return here.names.get(name);
  }
  return undefined;
}

export function knownNames(scope: Scope): string[] {
  return [...scope.names.keys(), ...(scope.outer === undefined ? [] : knownNames(scope.outer))];
}

export function failAt(rendering: Rendering, node: JinjaNode, sentence: string): AutombwError {
  return jinjaError(rendering.source, node, sentence);
}

/** A template that goes deeper than this would not end well. */
const MAX_DEPTH = 300;

/** Counts the work and the depth of one step. */
export function deeper<T>(rendering: Rendering, work: () => T): T {
  rendering.means.budget.spend(1);
  if (rendering.depth >= MAX_DEPTH) {
    throw limitError(
      `${rendering.source.name}: it nests more than ${MAX_DEPTH} levels deep; look for a macro that calls itself, or simplify it.`,
    );
  }
  rendering.depth++;
  const result = work();
  rendering.depth--;
  return result;
}
