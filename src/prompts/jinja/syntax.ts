import { messageOf, usageError, type AutombwError } from '../../shared/errors.ts';
import type { Source } from '../grammar/ast.ts';
import { limitError, MAX_TEMPLATE_LENGTH } from '../limits.ts';

/** A node of nunjucks' syntax tree; only its parser is used, nothing of a template is ever run as code. */
export interface JinjaNode {
  readonly typename: string;
  /** From 0; missing where nunjucks does not say. */
  readonly lineno?: number;
  readonly colno?: number;
}

/** @throws usage error `prompt-jinja` with line and column */
export async function parseJinja(source: Source): Promise<JinjaNode> {
  if (source.text.length > MAX_TEMPLATE_LENGTH) {
    throw limitError(`${source.name} has more than ${MAX_TEMPLATE_LENGTH} characters; shorten it.`);
  }
  const { default: nunjucks } = await import('nunjucks');
  const library: unknown = nunjucks;
  const parse: unknown = field(field(library, 'parser'), 'parse');
  if (typeof parse !== 'function') throw new TypeError('nunjucks has no parser');
  try {
    return asNode(Reflect.apply(parse, undefined, [source.text, [promptTag]]));
  } catch (thrown) {
    throw syntaxError(source, thrown);
  }
}

/** nunjucks reads some templates that lack a part, such as `list[]`. */
export class MissingPart extends Error {
  override readonly name = 'MissingPart';
}

function asNode(value: unknown): JinjaNode {
  if (isNode(value)) return value;
  throw new MissingPart('no node of a jinja2 template');
}

export function isNode(value: unknown): value is JinjaNode {
  return typeof field(value, 'typename') === 'string';
}

/** A part of a node, by its name. */
export function part(node: JinjaNode, name: string): JinjaNode {
  return asNode(field(node, name));
}

/** A part that may be missing. */
export function optionalPart(node: JinjaNode, name: string): JinjaNode | undefined {
  const value = field(node, name);
  return isNode(value) ? value : undefined;
}

export function parts(node: JinjaNode, name = 'children'): readonly JinjaNode[] {
  const list: unknown = field(node, name);
  return Array.isArray(list) ? list.map(asNode) : [];
}

export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** The word of a symbol, or the text of a template between its marks. */
export function wordOf(node: JinjaNode): string {
  return String(field(node, 'value'));
}

/** `Payload a.json: the prompt, line 2, column 3: …` */
export function jinjaError(source: Source, node: JinjaNode, sentence: string): AutombwError {
  const { lineno, colno } = node;
  const where = lineno === undefined ? '' : `, line ${lineno + 1}, column ${(colno ?? 0) + 1}`;
  return usageError('prompt-jinja', `${source.name}${where}: ${sentence}`);
}

/** `{% prompt %}…{% endprompt %}`, in the form in which nunjucks takes tags of others. */
const promptTag = {
  tags: ['prompt'],
  parse: (parser: unknown, nodes: unknown): unknown => {
    const call = (name: string, ...given: unknown[]): unknown => {
      const method: unknown = field(parser, name);
      if (typeof method !== 'function') throw new TypeError(`nunjucks' parser has no ${name}`);
      return Reflect.apply(method, parser, given);
    };
    const word = call('nextToken');
    call('advanceAfterBlockEnd', field(word, 'value'));
    const body = call('parseUntilBlocks', 'endprompt');
    call('advanceAfterBlockEnd');
    const made: unknown = field(nodes, 'CallExtension');
    if (typeof made !== 'function') throw new TypeError('nunjucks has no extensions');
    return Reflect.construct(made, [promptTag, 'prompt', null, [body]]);
  },
};

function syntaxError(source: Source, thrown: unknown): AutombwError {
  if (thrown instanceof RangeError) return limitError(`${source.name}: it is nested too deep; simplify it.`);
  const line = field(thrown, 'lineno');
  const column = field(thrown, 'colno');
  const where = typeof line === 'number' && line > 0 ? `, line ${line}, column ${Number(column ?? 0)}` : '';
  const text = messageOf(thrown).split('\n').at(-1)?.trim() ?? '';
  const what = text.replace(/^(?:Template render error|Error):? ?/, '');
  return usageError('prompt-jinja', `${source.name}${where}: the jinja2 template cannot be read: ${what}.`);
}
