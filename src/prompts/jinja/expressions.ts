import { didYouMean } from '../../shared/nearest-name.ts';
import { checkLength, limitError, MAX_LIST } from '../limits.ts';
import { filters } from './filters.ts';
import { methodOf } from './methods.ts';
import { operate } from './operators.ts';
import { deeper, failAt, knownNames, lookUp, type Rendering, type Scope } from './scope.ts';
import { field, part, parts, wordOf, type JinjaNode } from './syntax.ts';
import { tests } from './tests.ts';
import {
  areEqual,
  compare,
  isCallable,
  isList,
  isMap,
  isTrue,
  itemsOf,
  textOf,
  type Value,
} from './values.ts';

/** The value of an expression. @throws usage error `prompt-jinja` with line and column */
export function evaluate(node: JinjaNode, scope: Scope, rendering: Rendering): Value {
  return deeper(rendering, () => bounded(evaluateHere(node, scope, rendering), rendering));
}

/** No text and no list grows without end. */
function bounded(value: Value, rendering: Rendering): Value {
  if (typeof value === 'string') return checkLength(value, rendering.means.budget);
  if (!isList(value)) return value;
  rendering.means.budget.spend(value.length / 100);
  if (value.length <= MAX_LIST) return value;
  throw limitError(`${rendering.source.name}: a list has more than ${MAX_LIST} entries; shorten it.`);
}

function evaluateHere(node: JinjaNode, scope: Scope, rendering: Rendering): Value {
  const value = (name: string): Value => evaluate(part(node, name), scope, rendering);
  const all = (list: readonly JinjaNode[]): Value[] => list.map((item) => evaluate(item, scope, rendering));
  switch (node.typename) {
    case 'TemplateData':
      return wordOf(node);
    case 'Literal':
      return literal(node, rendering);
    case 'Symbol':
      return lookUp(scope, wordOf(node));
    case 'Group': {
      const inner = all(parts(node));
      return inner.length === 1 ? inner[0] : inner;
    }
    case 'Array':
      return all(parts(node));
    case 'Dict':
      return new Map(
        parts(node).map((pair) => [
          keyOf(pair, scope, rendering),
          evaluate(part(pair, 'value'), scope, rendering),
        ]),
      );
    case 'LookupVal':
      return lookIn(value('target'), value('val'), node, rendering);
    case 'FunCall':
      return call(node, scope, rendering);
    case 'Filter':
      return filter(node, scope, rendering);
    case 'InlineIf':
      if (isTrue(value('cond'))) return value('body');
      return field(node, 'else_') === null ? undefined : value('else_');
    case 'Not':
      return !isTrue(value('target'));
    case 'And': {
      const left = value('left');
      return isTrue(left) ? value('right') : left;
    }
    case 'Or': {
      const left = value('left');
      return isTrue(left) ? left : value('right');
    }
    case 'In':
      return contains(value('right'), value('left'), node, rendering);
    case 'Is':
      return test(node, scope, rendering);
    case 'Compare':
      return compareAll(node, scope, rendering);
    case 'Concat':
      return textOf(value('left')) + textOf(value('right'));
    case 'Neg':
    case 'Pos':
      return operate(node.typename, 0, value('target'), node, rendering);
    case 'Add':
    case 'Sub':
    case 'Mul':
    case 'Div':
    case 'FloorDiv':
    case 'Mod':
    case 'Pow':
      return operate(node.typename, value('left'), value('right'), node, rendering);
    default:
      throw failAt(rendering, node, `"${node.typename}" is not supported in a template.`);
  }
}

function literal(node: JinjaNode, rendering: Rendering): Value {
  const value: unknown = field(node, 'value');
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  ) {
    return value;
  }
  throw failAt(rendering, node, 'a regular expression is not supported in a template.');
}

function keyOf(pair: JinjaNode, scope: Scope, rendering: Rendering): string {
  const key = part(pair, 'key');
  return key.typename === 'Symbol' ? wordOf(key) : textOf(evaluate(key, scope, rendering));
}

/** An entry of a list or dictionary, or a method of ours; nothing else is ever found. */
function lookIn(target: Value, key: Value, node: JinjaNode, rendering: Rendering): Value {
  if (target === undefined || target === null) {
    throw failAt(rendering, node, `"${textOf(key)}" is read from something without a value.`);
  }
  if (isMap(target) && typeof key === 'string' && target.has(key)) return target.get(key);
  if (typeof key === 'string') return methodOf(target, key);
  const items = typeof target === 'string' ? Array.from(target) : target;
  if (typeof key !== 'number' || !isList(items)) return undefined;
  return items.at(key);
}

function call(node: JinjaNode, scope: Scope, rendering: Rendering): Value {
  const name = part(node, 'name');
  const callee = evaluate(name, scope, rendering);
  if (!isCallable(callee)) {
    const word = name.typename === 'Symbol' ? wordOf(name) : wordOf(part(name, 'val'));
    const hint = name.typename === 'Symbol' ? didYouMean(word, knownNames(scope)) : '';
    throw failAt(rendering, node, `there is no function "${word}".${hint}`);
  }
  const { args, named } = argumentsOf(parts(part(node, 'args')), scope, rendering);
  return attempt(node, rendering, () => callee.call(args, named));
}

function argumentsOf(
  given: readonly JinjaNode[],
  scope: Scope,
  rendering: Rendering,
): { args: Value[]; named: Map<string, Value> } {
  const args: Value[] = [];
  const named = new Map<string, Value>();
  for (const argument of given) {
    if (argument.typename !== 'KeywordArgs') args.push(evaluate(argument, scope, rendering));
    else {
      for (const pair of parts(argument)) {
        named.set(keyOf(pair, scope, rendering), evaluate(part(pair, 'value'), scope, rendering));
      }
    }
  }
  return { args, named };
}

function filter(node: JinjaNode, scope: Scope, rendering: Rendering): Value {
  const name = wordOf(part(node, 'name'));
  const run = filters.get(name);
  if (run === undefined) {
    throw failAt(rendering, node, `there is no filter "${name}".${didYouMean(name, [...filters.keys()])}`);
  }
  const { args, named } = argumentsOf(parts(part(node, 'args')), scope, rendering);
  const [target, ...rest] = args;
  return attempt(node, rendering, () => run(target, rest, named, rendering.means.random));
}

function test(node: JinjaNode, scope: Scope, rendering: Rendering): Value {
  const right = part(node, 'right');
  const called = right.typename === 'FunCall';
  const symbol = called ? part(right, 'name') : right;
  const name =
    right.typename === 'Literal' ? textOf(literal(right, rendering)).toLowerCase() : wordOf(symbol);
  const run = tests.get(name);
  if (run === undefined) {
    throw failAt(rendering, node, `there is no test "is ${name}".${didYouMean(name, [...tests.keys()])}`);
  }
  const args = called ? argumentsOf(parts(part(right, 'args')), scope, rendering).args : [];
  return run(evaluate(part(node, 'left'), scope, rendering), args[0]);
}

function contains(where: Value, what: Value, node: JinjaNode, rendering: Rendering): boolean {
  if (typeof where === 'string') return where.includes(textOf(what));
  const items = itemsOf(where);
  if (items === undefined) throw failAt(rendering, node, `"in" does not work with ${textOf(where)}.`);
  return items.some((item) => areEqual(item, what));
}

function compareAll(node: JinjaNode, scope: Scope, rendering: Rendering): boolean {
  let left = evaluate(part(node, 'expr'), scope, rendering);
  for (const operand of parts(node, 'ops')) {
    const right = evaluate(part(operand, 'expr'), scope, rendering);
    if (!holds(String(field(operand, 'type')), left, right, operand, rendering)) return false;
    left = right;
  }
  return true;
}

function holds(sign: string, left: Value, right: Value, node: JinjaNode, rendering: Rendering): boolean {
  if (sign.startsWith('==')) return areEqual(left, right);
  if (sign.startsWith('!=')) return !areEqual(left, right);
  const order = compare(left, right);
  if (order === undefined)
    throw failAt(rendering, node, `${textOf(left)} and ${textOf(right)} cannot be compared.`);
  if (sign === '<') return order < 0;
  if (sign === '>') return order > 0;
  return sign === '<=' ? order <= 0 : order >= 0;
}

/** What functions and filters say about their arguments is told with the place. */
function attempt(node: JinjaNode, rendering: Rendering, run: () => Value): Value {
  try {
    return run();
  } catch (thrown) {
    if (thrown instanceof TypeError) throw failAt(rendering, node, `${thrown.message}.`);
    throw thrown;
  }
}
