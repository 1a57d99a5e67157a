/**
 * JSON whose numbers and truth values are the texts that stand in the file (`1.50` is a word of a prompt, not 1.5), and
 * whose objects are maps: a name `__proto__` is one like any other.
 */

const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|([{}[\],:])|([^\s{}[\],:"]+))/y;
const MAX_DEPTH = 1000;

/**
 * @param left told of names that stand twice, of which the last one counts
 * @throws SyntaxError with the place; Error for endless nesting
 */
export function readJsonTexts(text: string, left: string[]): unknown {
  // Tells what is wrong with the text; below, every token is where it belongs.
  JSON.parse(text);
  TOKEN.lastIndex = 0;
  return read(next(text), text, left, 0);
}

interface Token {
  readonly text: string;
  readonly isQuoted: boolean;
}

function next(text: string): Token {
  const [, quoted, sign, word] = TOKEN.exec(text) ?? [];
  if (quoted === undefined) return { text: sign ?? word ?? '', isQuoted: false };
  const value: unknown = JSON.parse(quoted);
  return { text: String(value), isQuoted: true };
}

function read(token: Token, text: string, left: string[], depth: number): unknown {
  if (depth > MAX_DEPTH) throw new Error(`it is nested more than ${MAX_DEPTH} deep`);
  if (token.isQuoted) return token.text;
  if (token.text === '[') return readItems(text, left, depth);
  if (token.text === '{') return readObject(text, left, depth);
  return token.text === 'null' ? null : token.text;
}

function readItems(text: string, left: string[], depth: number): unknown[] {
  const items: unknown[] = [];
  let token = next(text);
  while (token.isQuoted || token.text !== ']') {
    items.push(read(token, text, left, depth + 1));
    token = next(text);
    if (!token.isQuoted && token.text === ',') token = next(text);
  }
  return items;
}

function readObject(text: string, left: string[], depth: number): Map<string, unknown> {
  const object = new Map<string, unknown>();
  let token = next(text);
  while (token.isQuoted || token.text !== '}') {
    const name = token.text;
    // The colon.
    next(text);
    if (object.has(name)) left.push(`the first of two lists with the name "${name}"`);
    object.set(name, read(next(text), text, left, depth + 1));
    token = next(text);
    if (!token.isQuoted && token.text === ',') token = next(text);
  }
  return object;
}
