import { checkLength } from '../limits.ts';
import { evaluate } from './expressions.ts';
import { makeMacro } from './macro.ts';
import { deeper, failAt, innerScope, type Rendering, type Scope } from './scope.ts';
import { optionalPart, part, parts, wordOf, type JinjaNode } from './syntax.ts';
import { isList, isTrue, itemsOf, textOf, type Value } from './values.ts';

/** The text of a list of statements. */
export function renderBody(node: JinjaNode, scope: Scope, rendering: Rendering): string {
  let text = '';
  for (const statement of parts(node)) {
    text = checkLength(
      text + deeper(rendering, () => renderOne(statement, scope, rendering)),
      rendering.means.budget,
    );
  }
  return text;
}

function renderOne(node: JinjaNode, scope: Scope, rendering: Rendering): string {
  switch (node.typename) {
    case 'Output':
      return parts(node)
        .map((piece) => textOf(evaluate(piece, scope, rendering)))
        .join('');
    case 'NodeList':
      return renderBody(node, scope, rendering);
    case 'If':
      return renderIf(node, scope, rendering);
    case 'For':
      return renderFor(node, scope, rendering);
    case 'Set':
      return setNames(node, scope, rendering);
    case 'Macro':
      scope.names.set(wordOf(part(node, 'name')), makeMacro(node, scope, rendering, renderBody));
      return '';
    case 'CallExtension':
      return renderPrompt(node, scope, rendering);
    default: {
      const tag = node.typename.toLowerCase();
      throw failAt(
        rendering,
        node,
        `"{% ${tag} %}" is not supported; a template cannot use other templates.`,
      );
    }
  }
}

function renderIf(node: JinjaNode, scope: Scope, rendering: Rendering): string {
  const chosen = isTrue(evaluate(part(node, 'cond'), scope, rendering))
    ? part(node, 'body')
    : optionalPart(node, 'else_');
  if (chosen === undefined) return '';
  return chosen.typename === 'If'
    ? deeper(rendering, () => renderIf(chosen, scope, rendering))
    : renderBody(chosen, scope, rendering);
}

function renderFor(node: JinjaNode, scope: Scope, rendering: Rendering): string {
  const items = itemsOfLoop(node, scope, rendering);
  const otherwise = optionalPart(node, 'else_');
  if (items.length === 0) return otherwise === undefined ? '' : renderBody(otherwise, scope, rendering);
  let text = '';
  for (const [i, item] of items.entries()) {
    const inner = innerScope(scope, [['loop', loopAt(items, i)]]);
    assignTargets(part(node, 'name'), item, inner, rendering);
    text = checkLength(text + renderBody(part(node, 'body'), inner, rendering), rendering.means.budget);
  }
  return text;
}

/** nunjucks reads `for x in list if condition` as a conditional list; jinja2 means the items for which it holds. */
function itemsOfLoop(node: JinjaNode, scope: Scope, rendering: Rendering): readonly Value[] {
  const array = part(node, 'arr');
  const isFiltered = array.typename === 'InlineIf' && optionalPart(array, 'else_') === undefined;
  const given = evaluate(isFiltered ? part(array, 'body') : array, scope, rendering);
  const items = itemsOf(given);
  if (items === undefined) throw failAt(rendering, node, `cannot loop over ${textOf(given)}.`);
  if (!isFiltered) return items;
  return items.filter((item) => {
    const inner = innerScope(scope);
    assignTargets(part(node, 'name'), item, inner, rendering);
    return isTrue(evaluate(part(array, 'cond'), inner, rendering));
  });
}

function loopAt(items: readonly Value[], i: number): Value {
  return new Map<string, Value>([
    ['index', i + 1],
    ['index0', i],
    ['revindex', items.length - i],
    ['revindex0', items.length - i - 1],
    ['first', i === 0],
    ['last', i === items.length - 1],
    ['length', items.length],
    ['previtem', items[i - 1]],
    ['nextitem', items[i + 1]],
    ['cycle', { call: (args) => args[i % args.length] }],
  ]);
}

/** One name, or several for the parts of an item. */
function assignTargets(target: JinjaNode, item: Value, scope: Scope, rendering: Rendering): void {
  if (target.typename === 'Symbol') {
    scope.names.set(wordOf(target), item);
    return;
  }
  const names = parts(target);
  if (!isList(item) || item.length !== names.length) {
    throw failAt(
      rendering,
      target,
      `${names.length} names need a list of the same length, not ${textOf(item)}.`,
    );
  }
  for (const [i, name] of names.entries()) scope.names.set(wordOf(name), item[i]);
}

function setNames(node: JinjaNode, scope: Scope, rendering: Rendering): string {
  const value = optionalPart(node, 'value');
  const given =
    value === undefined
      ? renderBody(part(part(node, 'body'), 'body'), scope, rendering)
      : evaluate(value, scope, rendering);
  const targets = parts(node, 'targets');
  for (const target of targets) {
    if (target.typename !== 'Symbol') throw failAt(rendering, target, 'only a plain name can be set.');
    scope.names.set(wordOf(target), given);
  }
  return '';
}

function renderPrompt(node: JinjaNode, scope: Scope, rendering: Rendering): string {
  const text = parts(node, 'contentArgs')
    .map((body) => renderBody(body, scope, rendering))
    .join('');
  rendering.blocks.push(text);
  return text;
}
