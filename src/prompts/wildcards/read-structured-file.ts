import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../errors.ts';
import { readStructured, type Lists } from './structured.ts';

/**
 * The lists of one JSON or YAML file.
 * @param file relative to the folder, with `/`
 * @throws Error with what is wrong, and the line where the file's format tells it
 */
export async function readStructuredFile(folder: string, file: string): Promise<Lists> {
  const text = (await readFile(path.join(folder, file), 'utf8')).replace(/^\uFEFF/, '');
  const extension = path.posix.extname(file);
  const parent = path.posix.dirname(file);
  const data = extension === '.json' ? mapsOf(JSON.parse(text), 0) : await parseYaml(text);
  return readStructured(data, parent === '.' ? '' : parent, path.posix.basename(file, extension), file);
}

/** Plain data only, as PyYAML's safe loader reads it (YAML 1.1); anchors may be used, but not as a bomb. */
export async function parseYaml(text: string): Promise<unknown> {
  const { Lexer, Parser, parseDocument } = await import('yaml');
  // What comes after the parser goes by recursion, and a full stack there ends the whole process.
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme)) continue;
    if (parser.stack.length > MAX_DEPTH) throw new Error(`it is nested more than ${MAX_DEPTH} deep`);
  }
  const document = parseDocument(text, {
    version: '1.1',
    schema: 'yaml-1.1',
    merge: false,
    uniqueKeys: false,
    logLevel: 'silent',
  });
  const [error] = document.errors;
  if (error !== undefined) throw new Error(firstLine(error.message));
  const [warning] = document.warnings;
  if (warning !== undefined) throw new Error(firstLine(warning.message));
  return document.toJS({ mapAsMap: true, maxAliasCount: 100 });
}

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').replace(/:$/, '');

/** Lists and dictionaries inside each other. */
const MAX_DEPTH = 100;

/** Objects as maps: a key called `__proto__` is a key like any other. */
function mapsOf(value: unknown, level: number): unknown {
  if (level > 1000) throw new Error('it is nested more than 1000 deep');
  if (Array.isArray(value)) return value.map((item) => mapsOf(item, level + 1));
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, mapsOf(item, level + 1)]));
}

/** What is wrong with a file, as a sentence. */
export function describeProblem(file: string, thrown: unknown): string {
  return `Wildcard file ${file} cannot be read: ${messageOf(thrown)}.`;
}
