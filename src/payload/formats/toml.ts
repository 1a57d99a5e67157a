/** TOML. Objects are written inline, for a section would have to stand behind all plain keys. */
import { messageOf } from '../../shared/errors.ts';
import { withLineFeeds } from '../../shared/files/lines.ts';
import { decodeText, FormatFault, placeAt, type Place } from './fault.ts';
import type { PayloadFormat } from './format.ts';
import { MAX_DEPTH, plainValue, type ValuePath } from './plain-value.ts';

export const tomlFormat: PayloadFormat = {
  name: 'toml',
  title: 'TOML',
  extensions: ['.toml'],
  parse: async (bytes) => parse(withLineFeeds(decodeText(bytes))),
  format: async (value) => {
    const lines = Object.entries(value).map(([key, inner]) => `${keyText(key)} = ${valueText(inner, key)}\n`);
    return new TextEncoder().encode(lines.join(''));
  },
};

async function parse(text: string): Promise<unknown> {
  const { parse: parseToml, TomlError } = await import('smol-toml');
  let value: unknown;
  try {
    value = parseToml(text, { integersAsBigInt: 'asNeeded', maxDepth: MAX_DEPTH });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new FormatFault(firstSentence(error), { line: error.line, column: error.column });
  }
  return plainValue(value, (path) => {
    const place = find(text, path);
    return place === undefined ? undefined : `line ${place.line}, column ${place.column}`;
  });
}

/** The library tells no places of values: the key is looked for, and believed when it stands there only once. */
function find(text: string, path: ValuePath): Place | undefined {
  const key = path.findLast((part) => typeof part === 'string') ?? '';
  const name = key.replaceAll(/[^\w-]/g, String.raw`\$&`);
  const found = [...text.matchAll(new RegExp(`(?<![\\w-])${name}(?=["']?[ \\t]*=)`, 'g'))];
  const [only] = found;
  return only === undefined || found.length > 1 || key === '' ? undefined : placeAt(text, only.index);
}

function firstSentence(error: Error): string {
  const [line = ''] = messageOf(error).split('\n');
  return line.replace(/^Invalid TOML document: /, '').replace(/\.$/, '');
}

function valueText(value: unknown, path: string): string {
  if (typeof value === 'string') return quotedText(value);
  if (Array.isArray(value)) {
    return `[${value.map((item, index) => valueText(item, `${path}[${index}]`)).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(
      ([key, inner]) => `${keyText(key)} = ${valueText(inner, `${path}.${key}`)}`,
    );
    return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
  }
  if (value !== null) return JSON.stringify(value);
  throw new FormatFault(
    `TOML has no null, which is the value of "${path}"; remove it, or choose another format`,
  );
}

function keyText(key: string): string {
  return /^[\w-]+$/.test(key) ? key : quotedText(key);
}

/** The escapes of JSON are escapes of TOML, which wants one more character escaped. */
function quotedText(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', String.raw`\u007f`);
}
