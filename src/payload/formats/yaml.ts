/** YAML 1.2 with the values of JSON. Texts are written in quotes: older readers would take a plain no for false. */
import type { Document, LineCounter, YAMLError } from 'yaml';
import { withLineFeeds } from '../../shared/files/lines.ts';
import { decodeText, FormatFault, placeAt, quoted, type Place } from './fault.ts';
import type { PayloadFormat } from './format.ts';
import { MAX_DEPTH, numberProblem, plainValue } from './plain-value.ts';

/** References to what stands elsewhere in the file; more of them may stand for billions of values. */
const MAX_ALIASES = 100;
const PLAIN_TAGS = /^(?:!|tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq))$/;

export const yamlFormat: PayloadFormat = {
  name: 'yaml',
  title: 'YAML',
  extensions: ['.yaml', '.yml'],
  parse: async (bytes) => parse(withLineFeeds(decodeText(bytes))),
  format: async (value) => {
    const { stringify } = await import('yaml');
    const text = stringify(value, {
      aliasDuplicateObjects: false,
      defaultStringType: 'QUOTE_DOUBLE',
      defaultKeyType: 'PLAIN',
      lineWidth: 0,
    });
    return new TextEncoder().encode(text);
  },
};

async function parse(text: string): Promise<unknown> {
  const { LineCounter, parseDocument } = await import('yaml');
  await checkDepth(text);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    intAsBigInt: true,
    // The library compares every name with every other: seconds for a large file. They are compared below.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw faultOf(problem, lines);
  await checkNodes(document, lines);
  try {
    return plainValue(document.toJS({ maxAliasCount: MAX_ALIASES }));
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new FormatFault(`it has too many aliases (*name), or one without an anchor; write the values out`);
  }
}

/**
 * The library composes what it has read by recursion, and a stack that is full within a regular expression ends the whole
 * process: nothing can be caught then. Its parser, which comes first, keeps a stack of its own.
 */
async function checkDepth(text: string): Promise<void> {
  const { Lexer, Parser } = await import('yaml');
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme)) continue;
    if (parser.stack.length > MAX_DEPTH + 2)
      throw new FormatFault(`it is nested more than ${MAX_DEPTH} deep`, placeAt(text, parser.offset));
  }
}

/** What would change or be lost on the way into plain objects. */
async function checkNodes(document: Document, lines: LineCounter): Promise<void> {
  const { isMap, isScalar, visit } = await import('yaml');
  const nameOf = (key: unknown): string => {
    const name = isScalar(key) ? key.value : undefined;
    if (typeof name !== 'string')
      throw new FormatFault('a name must be a text; put it in quotes', placeOf(key, lines));
    if (name === '__proto__')
      throw new FormatFault('the name "__proto__" is not allowed', placeOf(key, lines));
    return name;
  };
  const checkNames = (items: readonly { readonly key: unknown }[]): void => {
    const names = new Set<string>();
    for (const { key } of items) {
      const name = nameOf(key);
      if (names.has(name))
        throw new FormatFault(`the name ${quoted(name)} appears twice`, placeOf(key, lines));
      names.add(name);
    }
  };
  visit(document, {
    Node: (_, node) => {
      const { tag } = node;
      if (tag !== undefined && !PLAIN_TAGS.test(tag))
        throw new FormatFault(
          `a request cannot carry a value with the tag ${quoted(tag)}`,
          placeOf(node, lines),
        );
      if (isMap(node)) checkNames(node.items);
      if (!isScalar(node)) return;
      const { value } = node;
      const isNumber = typeof value === 'number' || typeof value === 'bigint';
      const problem = isNumber ? numberProblem(value) : undefined;
      if (problem !== undefined) throw new FormatFault(problem, placeOf(node, lines));
    },
  });
}

function faultOf({ message, pos }: YAMLError, lines: LineCounter): FormatFault {
  const { line, col } = lines.linePos(pos[0]);
  const [sentence = ''] = message.split('\n');
  return new FormatFault(sentence.replace(/\.$/, ''), { line, column: col });
}

function placeOf(node: unknown, lines: LineCounter): Place | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  const [start]: readonly unknown[] = Array.isArray(node.range) ? node.range : [];
  if (typeof start !== 'number') return undefined;
  const { line, col } = lines.linePos(start);
  return { line, column: col };
}
