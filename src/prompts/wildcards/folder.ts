import { stat } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../../shared/errors.ts';
import { readTextFileSync } from '../../shared/files/read-file.ts';
import { systemReason } from '../../shared/system-error.ts';
import { createCollection, type ReadValues } from './collection.ts';
import { describeProblem, readStructuredFile } from './read-structured-file.ts';
import { readTextValues, weightedLine } from './text.ts';
import type { Wildcards } from './wildcards.ts';

/**
 * The wildcards of a folder, its hidden files and folders left out: text files by their path without `.txt`, lists of
 * JSON and YAML files by their keys behind the path of the file's folder. Text files are read when they are used.
 * @param folder undefined: there are none, and a use of one is refused
 * @throws usage error `wildcard-folder` when it is no folder that can be read
 */
export async function openWildcards(folder: string | undefined): Promise<Wildcards> {
  if (folder === undefined) return noWildcards();
  const lists = new Map<string, ReadValues>();
  const problems: string[] = [];
  const warnings = createWarnings(problems);
  for (const file of await listFiles(folder)) {
    if (/\.txt$/i.test(file)) {
      const name = file.slice(0, -'.txt'.length);
      lists.set(name, () => {
        const values = readTextValues(readText(folder, file), name, file);
        const weighted = weightedLine(values);
        warnings.use(file, weighted === undefined ? undefined : noWeights(weighted));
        return values;
      });
      continue;
    }
    try {
      const { lists: found, left } = await readStructuredFile(folder, file);
      const warning = left.length === 0 ? undefined : `some entries are skipped (${some(left)})`;
      for (const [name, values] of found) {
        lists.set(name, () => {
          warnings.use(file, warning);
          return values;
        });
      }
    } catch (thrown) {
      problems.push(describeProblem(file, thrown));
    }
  }
  return createCollection(lists, { problems, folder, takeWarnings: warnings.take });
}

/** What there is to say about files, each once, and about those alone that a prompt uses. */
function createWarnings(problems: readonly string[]): {
  readonly use: (file: string, warning: string | undefined) => void;
  readonly take: () => readonly string[];
} {
  const said = new Set<string>();
  let waiting: string[] = [];
  const say = (sentence: string): void => {
    if (said.has(sentence)) return;
    said.add(sentence);
    waiting.push(sentence);
  };
  return {
    use: (file, warning) => {
      // A pattern may have been meant for what they hold.
      problems.forEach(say);
      if (warning !== undefined) say(`Wildcard file ${file}: ${warning}.`);
    },
    take: () => {
      const taken = waiting;
      waiting = [];
      return taken;
    },
  };
}

function noWeights(line: string): string {
  return `"${line.slice(0, 40)}" is used literally, because text files have no weights; use weights in JSON and YAML lists, or {3::a|b}`;
}

const MOST_NAMED = 3;

function some(left: readonly string[]): string {
  const more = left.length > MOST_NAMED ? ` and ${left.length - MOST_NAMED} more` : '';
  return `${left.slice(0, MOST_NAMED).join('; ')}${more}`;
}

/** Without a folder: says how to give one. */
function noWildcards(): Wildcards {
  return {
    names: [],
    problems: [],
    takeWarnings: () => [],
    find: (pattern, where) => {
      throw usageError(
        'wildcard-none',
        `${where}: the wildcard "${pattern}" is used, but no wildcard folder was given; set it with --wildcards.`,
      );
    },
  };
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error('it is not a folder');
    const { glob } = await import('tinyglobby');
    const files = await glob('**/*.{txt,json,yaml,yml}', {
      cwd: folder,
      dot: false,
      onlyFiles: true,
      caseSensitiveMatch: false,
    });
    return files.map((file) => file.replaceAll('\\', '/')).toSorted();
  } catch (cause) {
    throw usageError(
      'wildcard-folder',
      `The wildcard folder ${folder} cannot be read (${systemReason(cause)}); check --wildcards.`,
      { cause },
    );
  }
}

function readText(folder: string, file: string): string {
  try {
    return readTextFileSync(path.join(folder, file));
  } catch (cause) {
    throw usageError('wildcard-file', describeProblem(file, cause), { cause });
  }
}
