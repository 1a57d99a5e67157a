/** What a template says. Two nodes with the same `id` say the same thing, wherever they stand. */
export type Node = Literal | Sequence | Variants | Wildcard | Access | Assignment | Wrap;

export type Method = 'random' | 'combinatorial' | 'cyclical';

interface NodeBase {
  readonly id: number;
  readonly place: Place;
}

export interface Literal extends NodeBase {
  readonly type: 'literal';
  readonly text: string;
}

export interface Sequence extends NodeBase {
  readonly type: 'sequence';
  readonly parts: readonly Node[];
}

export interface Variants extends NodeBase {
  readonly type: 'variants';
  readonly options: readonly Option[];
  /** How many options are taken, at least 0 and in order. */
  readonly min: number;
  readonly max: number;
  readonly separator: string;
  readonly method: Method | undefined;
}

export interface Option {
  readonly value: Node;
  readonly weight: number;
}

export interface Wildcard extends NodeBase {
  readonly type: 'wildcard';
  readonly path: Node;
  readonly variables: ReadonlyMap<string, Node>;
  readonly method: Method | undefined;
}

export interface Access extends NodeBase {
  readonly type: 'access';
  readonly name: string;
  readonly fallback: Node | undefined;
}

export interface Assignment extends NodeBase {
  readonly type: 'assignment';
  readonly name: string;
  readonly value: Node;
  /** `${x=!…}`: drawn once, where it stands. */
  readonly immediate: boolean;
  /** Not `${x?=…}`. */
  readonly overwrite: boolean;
}

export interface Wrap extends NodeBase {
  readonly type: 'wrap';
  readonly wrapper: Node;
  readonly inner: Node;
}

/** A template and its name in messages: `Payload a.json: the prompt`, `wildcard colours (colours.txt, line 3)`. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

export interface Place {
  readonly source: Source;
  /** Position in the text of the source, from 0. */
  readonly offset: number;
}

/** `Payload a.json: the prompt, line 2, column 7`; the line is left out where there is only one. */
export function describePlace(place: Place): string {
  return `${place.source.name}, ${describeOffset(place)}`;
}

export function describeOffset({ source, offset }: Place): string {
  const before = source.text.slice(0, offset);
  const column = `column ${offset - before.lastIndexOf('\n')}`;
  return source.text.includes('\n') ? `line ${before.split('\n').length}, ${column}` : column;
}

/** Nothing stands there: the package takes such a value for "not given". */
export function isNothing(node: Node): boolean {
  return node.type === 'sequence' && node.parts.length === 0;
}
