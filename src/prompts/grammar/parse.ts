/**
 * Templates into trees. The grammar is that of the Python package dynamicprompts 0.31, found out from its behaviour
 * (tools/prompt-fixtures): every alternative is tried in its order, and the first that fits wins.
 */
import { usageError } from '../../shared/errors.ts';
import { limitError, MAX_TEMPLATE_LENGTH } from '../limits.ts';
import { describePlace, isNothing, type Node, type Source } from './ast.ts';
import { expandTabs } from './expand-tabs.ts';
import type { NodeMaker } from './nodes.ts';
import { createScanner, type Scanner } from './scanner.ts';
import { readMark, readVariants } from './variants.ts';

/** @throws usage errors `prompt-template` with line and column, `prompt-limit` */
export function parseTemplate(source: Source, make: NodeMaker): Node {
  if (source.text.length > MAX_TEMPLATE_LENGTH) {
    throw limitError(`${source.name} has more than ${MAX_TEMPLATE_LENGTH} characters; shorten it.`);
  }
  const scanner = createScanner({ name: source.name, text: expandTabs(source.text) });
  const node = readPrompt(scanner, make, 'top');
  scanner.skip();
  if (scanner.pos < scanner.text.length) throw scanner.failure();
  return node;
}

/** Where a text stands decides which letters end it. */
type Where = 'top' | 'variant' | 'path';

/** A lone `$` or `%` is text here; the package refuses the whole template. */
const TEXT: Readonly<Record<Where, RegExp>> = {
  top: /(?:(?!__)(?:[^#{$%]|\$(?![{$])|%(?!\{)))+/y,
  variant: /(?:(?!__)(?:[^#{$%|}]|\$(?![{$])|%(?!\{)))+/y,
  path: /(?:(?!__)(?:[^#{$%()]|\$(?![{$])|%(?!\{)))+/y,
};
const NAME = /[A-Za-z_-][A-Za-z0-9_-]*/y;
const ARGUMENTS_FOLLOW = /[ \t\r\n]*\(/y;
const ARGUMENTS = /[^)]+/y;

function readPrompt(s: Scanner, make: NodeMaker, where: Where): Node {
  s.skip();
  const start = s.pos;
  const parts: Node[] = [];
  for (;;) {
    ARGUMENTS_FOLLOW.lastIndex = s.pos;
    if (where === 'path' && ARGUMENTS_FOLLOW.test(s.text)) break;
    const part = s.attempt(() => readPart(s, make, where));
    if (part === undefined) break;
    parts.push(part);
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : make.sequence(parts, s.placeAt(start));
}

function readPart(s: Scanner, make: NodeMaker, where: Where): Node | undefined {
  const inner = (): Node => readPrompt(s, make, 'variant');
  const variants = (): Node | undefined => readVariants(s, make, inner);
  if (where === 'path') {
    return readPathAccess(s, make) ?? variants() ?? readText(s, make, 'path') ?? readText(s, make, 'variant');
  }
  return (
    (where === 'top' ? readAssignment(s, make) : undefined) ??
    readAccess(s, make) ??
    readWrap(s, make) ??
    variants() ??
    readWildcard(s, make) ??
    readText(s, make, where)
  );
}

function readText(s: Scanner, make: NodeMaker, where: Where): Node | undefined {
  s.skip();
  const start = s.pos;
  const pieces: string[] = [];
  for (;;) {
    const piece = s.attempt(() => {
      s.skip();
      return s.match(TEXT[where]);
    });
    if (piece === undefined) break;
    pieces.push(piece);
  }
  // Pieces with a comment between them.
  return pieces.length === 0 ? undefined : make.literal(pieces.join(' '), s.placeAt(start));
}

function readAssignment(s: Scanner, make: NodeMaker): Node | undefined {
  return s.bracket('${', (start) => {
    const name = readName(s);
    if (name === undefined) return undefined;
    const overwrite = !s.take('?');
    if (!s.take('=')) return undefined;
    const immediate = s.take('!');
    s.space();
    const value = readPrompt(s, make, 'variant');
    s.space();
    return s.take('}')
      ? make.assignment({ name, value, immediate, overwrite, place: s.placeAt(start) })
      : undefined;
  });
}

function readAccess(s: Scanner, make: NodeMaker): ReturnType<NodeMaker['access']> | undefined {
  return s.bracket('${', (start) => {
    const name = readName(s);
    if (name === undefined) return undefined;
    let fallback: Node | undefined;
    if (s.take(':')) {
      s.space();
      fallback = readPrompt(s, make, 'variant');
    }
    s.space();
    return s.take('}') ? make.access({ name, fallback, place: s.placeAt(start) }) : undefined;
  });
}

/** In the name of a wildcard a variable that is not set stands for its own name. */
function readPathAccess(s: Scanner, make: NodeMaker): Node | undefined {
  const access = readAccess(s, make);
  if (access === undefined) return undefined;
  const { name, fallback, place } = access;
  if (fallback === undefined || isNothing(fallback)) {
    return make.access({ name, fallback: make.literal(name, place), place });
  }
  if (fallback.type !== 'literal') {
    throw usageError(
      'prompt-template',
      `${describePlace(place)}: inside the name of a wildcard the default of "\${${name}:…}" must be plain text.`,
    );
  }
  return make.access({ name, fallback: make.literal(fallback.text.trim(), place), place });
}

function readWrap(s: Scanner, make: NodeMaker): Node | undefined {
  return s.bracket('%{', (start) => {
    s.space();
    const wrapper = readPrompt(s, make, 'variant');
    s.space();
    if (!s.take('$$')) return undefined;
    s.space();
    const inner = readPrompt(s, make, 'variant');
    return s.take('}') ? make.wrap({ wrapper, inner, place: s.placeAt(start) }) : undefined;
  });
}

function readWildcard(s: Scanner, make: NodeMaker): Node | undefined {
  return s.bracket('__', (start) => {
    const method = readMark(s);
    const path = readPrompt(s, make, 'path');
    if (isNothing(path)) return undefined;
    const variables = s.attempt(() => readArguments(s, make)) ?? new Map<string, Node>();
    return s.take('__') ? make.wildcard({ path, variables, method, place: s.placeAt(start) }) : undefined;
  });
}

/** `(x=red, y={a|b})` behind the name: a value holds no comma and no bracket that closes. */
function readArguments(s: Scanner, make: NodeMaker): Map<string, Node> | undefined {
  s.space();
  if (!s.take('(')) return undefined;
  s.skip();
  const { source } = s.placeAt(s.pos);
  const pairs = s.match(ARGUMENTS);
  if (pairs === undefined || !s.take(')')) return undefined;
  const variables = new Map<string, Node>();
  for (const pair of pairs.split(',')) {
    const [first = '', ...rest] = pair.split('=');
    const key = first.trim();
    const text = rest.join('=').trim();
    variables.set(key, parseTemplate({ name: `${source.name}, the value of "${key}"`, text }, make));
  }
  return variables;
}

function readName(s: Scanner): string | undefined {
  s.space();
  const found = s.match(NAME);
  s.space();
  return found;
}
