import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, usageError } from '../../errors.ts';
import { createCollection, type ReadValues } from './collection.ts';
import { describeProblem, readStructuredFile } from './read-structured-file.ts';
import { readTextFile } from './text.ts';
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
  for (const file of await listFiles(folder)) {
    if (file.endsWith('.txt')) {
      const name = file.slice(0, -'.txt'.length);
      lists.set(name, () => readTextFile(readText(folder, file), name, file));
      continue;
    }
    try {
      for (const [name, values] of await readStructuredFile(folder, file)) lists.set(name, () => values);
    } catch (thrown) {
      problems.push(describeProblem(file, thrown));
    }
  }
  return createCollection(lists, problems, folder);
}

/** Without a folder: says how to give one. */
function noWildcards(): Wildcards {
  return {
    names: [],
    problems: [],
    find: (pattern, where) => {
      throw usageError(
        'wildcard-none',
        `${where}: the wildcard "${pattern}" is used, but no folder of wildcards was given; name it with --wildcards.`,
      );
    },
  };
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error('it is no folder');
    const { glob } = await import('tinyglobby');
    const files = await glob('**/*.{txt,json,yaml,yml}', { cwd: folder, dot: false, onlyFiles: true });
    return files.map((file) => file.replaceAll('\\', '/')).toSorted();
  } catch (cause) {
    throw usageError(
      'wildcard-folder',
      `The folder of wildcards ${folder} cannot be read (${messageOf(cause)}); check --wildcards.`,
      { cause },
    );
  }
}

/** Bytes that are no UTF-8 are left out. */
function readText(folder: string, file: string): string {
  try {
    return readFileSync(path.join(folder, file), 'utf8').replaceAll('\uFFFD', '');
  } catch (cause) {
    throw usageError('wildcard-file', describeProblem(file, cause), { cause });
  }
}
