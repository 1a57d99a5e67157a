import { deeper, innerScope, type Rendering, type Scope } from './scope.ts';
import { field, isNode, part, parts, wordOf, type JinjaNode } from './syntax.ts';
import type { Value } from './values.ts';
import { evaluate } from './expressions.ts';

/** A macro as a function: arguments by place or name, defaults for those left out. */
export function makeMacro(
  node: JinjaNode,
  scope: Scope,
  rendering: Rendering,
  render: (body: JinjaNode, scope: Scope, rendering: Rendering) => string,
): Value {
  const names: { readonly name: string; readonly fallback: JinjaNode | undefined }[] = [];
  for (const argument of parts(part(node, 'args'))) {
    if (argument.typename === 'Symbol') names.push({ name: wordOf(argument), fallback: undefined });
    for (const pair of argument.typename === 'KeywordArgs' ? parts(argument) : []) {
      const fallback: unknown = field(pair, 'value');
      names.push({ name: wordOf(part(pair, 'key')), fallback: isNode(fallback) ? fallback : undefined });
    }
  }
  return {
    call: (args, named) =>
      deeper(rendering, () => {
        const inner = innerScope(scope);
        for (const [i, { name, fallback }] of names.entries()) {
          let value = named.has(name) ? named.get(name) : args[i];
          if (value === undefined && fallback !== undefined) value = evaluate(fallback, scope, rendering);
          inner.names.set(name, value);
        }
        return render(part(node, 'body'), inner, rendering);
      }),
  };
}
