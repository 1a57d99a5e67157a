/**
 * A JSON reader for hostile headers. `JSON.parse` keeps the last of two equal keys without a word, writes `__proto__` into
 * an object and recurses as deep as the text says; this one refuses duplicates, keeps keys in a Map and counts depth and values.
 */
import { MAX_JSON_DEPTH, MAX_JSON_VALUES } from './limits.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

/** A fault with its place; the caller makes a sentence about the file of it. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
}

/** @throws JsonFault */
export function parseStrictJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

const NUMBER = /-?(?:0|[1-9]\d{0,30})(?:\.\d{1,40})?(?:[eE][-+]?\d{1,4})?/y;

class Reader {
  readonly #text: string;
  #at = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Json {
    if (depth > MAX_JSON_DEPTH) throw this.#fault(`nesting deeper than ${MAX_JSON_DEPTH}`);
    if (++this.#values > MAX_JSON_VALUES) throw this.#fault(`more than ${MAX_JSON_VALUES} values`);
    this.#space();
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#string();
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#fault('text after the end of the object');
  }

  #object(depth: number): JsonObject {
    const object = new Map<string, Json>();
    this.#at++;
    if (this.#take('}')) return object;
    do {
      this.#space();
      if (this.#text[this.#at] !== '"') throw this.#fault('a key was expected');
      const key = this.#string();
      if (object.has(key)) throw this.#fault(`the key ${quote(key)} twice`);
      this.#need(':');
      object.set(key, this.value(depth + 1));
    } while (this.#take(','));
    this.#need('}');
    return object;
  }

  #array(depth: number): Json[] {
    const items: Json[] = [];
    this.#at++;
    if (this.#take(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.#take(','));
    this.#need(']');
    return items;
  }

  #string(): string {
    const from = this.#at + 1;
    let isPlain = true;
    for (let i = from; i < this.#text.length; i++) {
      const code = this.#text.charCodeAt(i);
      if (code === 0x22) {
        this.#at = i + 1;
        return isPlain ? this.#text.slice(from, i) : this.#unescape(from - 1, i + 1);
      }
      if (code === 0x5c) i++;
      if (code === 0x5c || code < 0x20) isPlain = false;
    }
    throw this.#fault('an unterminated string');
  }

  #unescape(from: number, to: number): string {
    try {
      return String(JSON.parse(this.#text.slice(from, to)));
    } catch (cause) {
      throw this.#fault('a string with an invalid escape', { cause });
    }
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const [found] = NUMBER.exec(this.#text) ?? [];
    if (found === undefined) throw this.#fault('no value where one was expected');
    this.#at += found.length;
    return Number(found);
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #take(sign: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #need(sign: string): void {
    if (!this.#take(sign)) throw this.#fault(`no "${sign}" where one was expected`);
  }

  #fault(what: string, options?: ErrorOptions): JsonFault {
    return new JsonFault(`${what}, at character ${this.#at}`, options);
  }
}

/** The longest names of real tensors have about 100 characters, and the end tells them apart. */
const MOST_SHOWN = 160;

/** A name from a file, safe to print: short, without control characters. */
export function quote(name: string): string {
  return JSON.stringify(printable(name.length > MOST_SHOWN ? `${name.slice(0, MOST_SHOWN - 3)}…` : name));
}

/** On one line, and nothing that a terminal would obey: a file may say anything. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]/g, ' ');
}
