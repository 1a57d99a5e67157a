/** One line of a `.mecha` recipe, cut into arguments. */
import { printable } from '../../shared/printable.ts';

export type Argument =
  | { readonly kind: 'reference'; readonly index: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'constant'; readonly value: boolean | null };

export interface Arguments {
  readonly positional: readonly Argument[];
  readonly named: ReadonlyMap<string, Argument>;
}

/** What is wrong with a line, without its number. */
export class BadLine extends Error {}

interface Token {
  /** What stands before the first quote, or the whole of a token without quotes. */
  readonly bare: string;
  readonly quoted: string | undefined;
}

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['null', null],
  ['true', true],
  ['false', false],
]);
const NUMBER = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i;
const NAME = /^[A-Za-z_][\w.]*$/;
/** Characters of the file that a message shows. */
const SHOWN = 60;

/**
 * @param hasEscapes does a backslash take the next character as it is? Files without a version have none
 * @throws BadLine
 */
export function readArguments(line: string, hasEscapes: boolean): Arguments & { readonly command: string } {
  const [first, ...rest] = tokenize(line, hasEscapes);
  if (first === undefined || first.quoted !== undefined) {
    throw new BadLine(`It ${first === undefined ? 'is empty' : 'begins with a text'}; a command is expected`);
  }
  const positional: Argument[] = [];
  const named = new Map<string, Argument>();
  for (const token of rest) {
    const [key, argument] = readToken(token);
    if (key === undefined) positional.push(argument);
    else if (named.has(key)) throw new BadLine(`"${shown(key)}" is given twice`);
    else named.set(key, argument);
  }
  return { command: first.bare, positional, named };
}

function readToken({ bare, quoted }: Token): readonly [string | undefined, Argument] {
  const equals = bare.indexOf('=');
  const key = equals === -1 ? undefined : bare.slice(0, equals);
  if (key !== undefined && !NAME.test(key)) throw new BadLine(`"${shown(key)}" is not a name`);
  const rest = bare.slice(equals + 1);
  if (quoted === undefined) return [key, readBare(rest)];
  if (rest !== '') throw new BadLine(`"${shown(rest)}" is directly before a quotation mark`);
  return [key, { kind: 'text', value: quoted }];
}

function readBare(text: string): Argument {
  const constant = CONSTANTS.get(text);
  if (constant !== undefined) return { kind: 'constant', value: constant };
  if (/^&\d{1,9}$/.test(text)) return { kind: 'reference', index: Number(text.slice(1)) };
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) {
    throw new BadLine(`"${shown(text)}" is not a number, a text in quotation marks or a line such as &0`);
  }
  return { kind: 'number', value };
}

/** Tokens end at a space, and behind a closing quotation mark. */
function tokenize(line: string, hasEscapes: boolean): Token[] {
  const tokens: Token[] = [];
  let bare = '';
  let quoted: string | undefined;
  let isEscaped = false;
  for (const char of line) {
    if (hasEscapes && char === '\\' && !isEscaped) {
      isEscaped = true;
      continue;
    }
    if (char === '"' && !isEscaped) {
      if (quoted !== undefined) {
        tokens.push({ bare, quoted });
        bare = '';
      }
      quoted = quoted === undefined ? '' : undefined;
    } else if (quoted !== undefined) quoted += char;
    else if (/\s/.test(char) && !isEscaped) {
      if (bare !== '') tokens.push({ bare, quoted });
      bare = '';
    } else bare += char;
    isEscaped = false;
  }
  if (quoted !== undefined) throw new BadLine('A quotation mark is not closed');
  if (bare !== '') tokens.push({ bare, quoted });
  return tokens;
}

/** Text of the file for a message: never long, never obeyed by a terminal. */
export function shown(text: string): string {
  return printable(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
