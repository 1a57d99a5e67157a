/**
 * JSON, stricter than JSON.parse where that would hide a mistake: a key that stands twice, a number that is rounded,
 * `__proto__`. Every fault has its line and column.
 */
import { decodeText, FormatFault, placeAt, quoted } from './fault.ts';
import type { PayloadFormat } from './format.ts';
import { MAX_DEPTH, numberProblem, plainValue } from './plain-value.ts';

export const jsonFormat: PayloadFormat = {
  name: 'json',
  title: 'JSON',
  extensions: ['.json'],
  parse: async (bytes) => plainValue(new JsonReader(decodeText(bytes)).read()),
  format: async (value) => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`),
};

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[-\w.+]+/y;
// oxlint-disable-next-line no-control-regex -- JSON does not allow them in texts
const PLAIN_TEXT = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#fault(`nothing may follow the end, found ${this.#next()}`);
    return value;
  }

  #value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw this.#fault(`it is nested more than ${MAX_DEPTH} deep`);
    this.#skipSpace();
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#list(depth);
    if (first === '"') return this.#string();
    return this.#numberOrWord();
  }

  #object(depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    this.#at++;
    if (this.#takes('}')) return result;
    do {
      this.#skipSpace();
      const start = this.#at;
      if (this.#text[start] !== '"')
        throw this.#fault(`expected a name in double quotes, found ${this.#next()}`);
      const key = this.#string();
      if (key === '__proto__') throw this.#fault('the name "__proto__" is not allowed', start);
      if (Object.hasOwn(result, key)) throw this.#fault(`the name ${quoted(key)} appears twice`, start);
      if (!this.#takes(':'))
        throw this.#fault(`expected a colon after ${quoted(key)}, found ${this.#next()}`);
      result[key] = this.#value(depth + 1);
    } while (this.#takes(','));
    if (!this.#takes('}')) throw this.#fault(`expected a comma or }, found ${this.#next()}`);
    return result;
  }

  #list(depth: number): unknown[] {
    const result: unknown[] = [];
    this.#at++;
    if (this.#takes(']')) return result;
    do result.push(this.#value(depth + 1));
    while (this.#takes(','));
    if (!this.#takes(']')) throw this.#fault(`expected a comma or ], found ${this.#next()}`);
    return result;
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      this.#match(PLAIN_TEXT);
      const stop = this.#text[this.#at];
      if (stop === '"') break;
      if (stop === undefined) throw this.#fault('a text has no closing quote', start);
      if (stop !== '\\')
        throw this.#fault(`a text contains ${this.#next()} unescaped; write \\n for a new line`);
      if (this.#match(ESCAPE) === '') throw this.#fault('a backslash must be written as \\\\');
    }
    this.#at++;
    const value: unknown = JSON.parse(this.#text.slice(start, this.#at));
    return String(value);
  }

  #numberOrWord(): unknown {
    const start = this.#at;
    const token = this.#match(NUMBER);
    if (token !== '') {
      const rest = this.#match(WORD);
      if (rest !== '') throw this.#fault(`${quoted(token + rest)} is not a number`, start);
      const problem = numberProblem(/^-?\d+$/.test(token) ? BigInt(token) : Number(token));
      if (problem !== undefined) throw this.#fault(problem, start);
      return Number(token) + 0;
    }
    const word = this.#match(WORD);
    if (WORDS.has(word)) return WORDS.get(word);
    this.#at = start;
    if (word !== '') throw this.#fault(`${quoted(word)} is not a JSON value; texts need double quotes`);
    throw this.#fault(`expected a value, found ${this.#next()}`);
  }

  #takes(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    this.#match(SPACE);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  /** What stands here, for messages. */
  #next(): string {
    const code = this.#text.codePointAt(this.#at);
    return code === undefined ? 'the end of the file' : quoted(String.fromCodePoint(code));
  }

  #fault(message: string, position = this.#at): FormatFault {
    return new FormatFault(message, placeAt(this.#text, position));
  }
}
