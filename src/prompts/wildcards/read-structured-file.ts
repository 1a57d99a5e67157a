import path from 'node:path';
import { messageOf } from '../../shared/errors.ts';
import { withLineFeeds } from '../../shared/files/lines.ts';
import { readTextFile } from '../../shared/files/read-file.ts';
import { readJsonTexts } from './json-texts.ts';
import { readStructured, type Read } from './structured.ts';

/**
 * The lists of one JSON or YAML file.
 * @param file relative to the folder, with `/`
 * @throws Error with what is wrong, and the line where the file's format tells it
 */
export async function readStructuredFile(folder: string, file: string): Promise<Read> {
  const text = await readTextFile(path.join(folder, file));
  const extension = path.posix.extname(file);
  const parent = path.posix.dirname(file);
  const left: string[] = [];
  const data = extension.toLowerCase() === '.json' ? readJsonTexts(text, left) : await parseYaml(text, left);
  const read = readStructured(data, parent === '.' ? '' : parent, path.posix.basename(file, extension), file);
  return { lists: read.lists, left: [...left, ...read.left] };
}

/**
 * Plain data only, in which every value is the text that stands in the file: `1.50`, `012`, `no` and `12:30` are words of
 * a prompt, whatever YAML 1.1 takes them for. Anchors may be used, but not as a bomb.
 * @param left told of names that stand twice, of which the last one counts
 */
async function parseYaml(text: string, left: string[] = []): Promise<unknown> {
  const { isScalar, Lexer, Parser, parseDocument, visit } = await import('yaml');
  const lined = withLineFeeds(text);
  // What comes after the parser goes by recursion, and a full stack there ends the whole process.
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(lined)) {
    for (const _ of parser.next(lexeme)) continue;
    if (parser.stack.length > MAX_DEPTH) throw new Error(`it is nested more than ${MAX_DEPTH} deep`);
  }
  const document = parseDocument(lined, {
    version: '1.1',
    schema: 'failsafe',
    merge: true,
    customTags: TYPE_TAGS.map((name) => ({
      tag: `tag:yaml.org,2002:${name}`,
      resolve: (value: string) => value,
    })),
    uniqueKeys: false,
    // Silent, it would not tell of a second document.
    logLevel: 'error',
  });
  const [error] = document.errors;
  if (error?.code === 'MULTIPLE_DOCS') {
    throw new Error('it contains several documents (lines of ---); put each into its own file');
  }
  if (error !== undefined) throw new Error(firstLine(error.message));
  const [warning] = document.warnings;
  if (warning !== undefined) throw new Error(firstLine(warning.message));
  visit(document, {
    Map: (_, { items }) => {
      const names = items.flatMap(({ key }) => (isScalar<string>(key) ? [key.value] : []));
      left.push(...repeatedNames(names.filter((name) => name !== '<<')));
    },
  });
  return document.toJS({ mapAsMap: true, maxAliasCount: 100 });
}

/** What a value may say that it is: here it is a text all the same. */
const TYPE_TAGS = ['null', 'bool', 'int', 'float', 'timestamp'];

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').replace(/:$/, '');

/** Lists and dictionaries inside each other. */
const MAX_DEPTH = 100;

function repeatedNames(names: readonly string[]): string[] {
  const known = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) (known.has(name) ? twice : known).add(name);
  return [...twice].map((name) => `the first of two lists with the name "${name}"`);
}

/** What is wrong with a file, as a sentence. */
export function describeProblem(file: string, thrown: unknown): string {
  return `Wildcard file ${file} cannot be read: ${messageOf(thrown)}.`;
}
