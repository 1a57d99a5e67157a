/** Files, folders and globs into payload files. */
import { existsSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../shared/errors.ts';
import { systemReason } from '../shared/system-error.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import { EXTENSIONS } from './formats/index.ts';

export interface FoundFile {
  readonly file: string;
  /** It was not named itself: it stood in a folder, or fitted a glob. */
  readonly isListed: boolean;
}

/**
 * In the order of the patterns; what a folder (without those below it) or a glob holds is sorted by name.
 * @param onWarning told of files that are named twice, which are loaded once
 * @throws usage error `payload-invalid` for a pattern that finds nothing, with what lies there
 */
export async function findPayloadFiles(
  patterns: readonly string[],
  onWarning?: (message: string) => void,
): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const taken = new Set<string>();
  for (const pattern of patterns) {
    for (const item of await filesFor(pattern)) {
      const real = await realpath(item.file);
      if (taken.has(real)) {
        onWarning?.(`Payload ${item.file} is given twice; it is used once.`);
        continue;
      }
      taken.add(real);
      found.push(item);
    }
  }
  return found;
}

async function filesFor(pattern: string): Promise<FoundFile[]> {
  const kind = await kindOf(pattern);
  if (kind === 'file') return [{ file: pattern, isListed: false }];
  const files = kind === 'folder' ? await filesIn(pattern) : await filesLike(pattern);
  if (files.length > 0) return files.map((file) => ({ file, isListed: true }));
  if (kind === 'folder') {
    throw usageError(
      'payload-invalid',
      `The folder ${pattern} does not contain any payloads (${EXTENSIONS.join(', ')}); ${await listing(pattern)}.`,
    );
  }
  throw await notFound(pattern);
}

async function kindOf(pattern: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(pattern)).isDirectory() ? 'folder' : 'file';
  } catch {
    // A glob, or a mistake that is told below.
    return undefined;
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && isPayload(entry.name))
    .map(({ name }) => path.join(folder, name))
    .toSorted();
}

async function filesLike(pattern: string): Promise<string[]> {
  const { glob, isDynamicPattern } = await import('tinyglobby');
  // A backslash divides folders on Windows and escapes elsewhere; a glob typed for Windows works everywhere.
  const slashed = pattern.replaceAll('\\', '/');
  for (const text of new Set(path.sep === '\\' ? [slashed] : [pattern, slashed])) {
    if (!isDynamicPattern(text)) continue;
    const files = await glob(text, {
      absolute: path.isAbsolute(pattern),
      expandDirectories: false,
      onlyFiles: true,
    });
    const payloads = files.filter(isPayload).toSorted();
    if (payloads.length > 0) return payloads;
  }
  return [];
}

function isPayload(file: string): boolean {
  return EXTENSIONS.includes(path.extname(file).toLowerCase());
}

async function notFound(pattern: string): Promise<Error> {
  const folder = path.dirname(
    pattern.replace(/[*?[{(!].*$/s, 'x').replaceAll('\\', path.sep === '\\' ? '\\' : '/'),
  );
  const there = await listing(folder);
  if (/[*?[\]{}()!]/.test(pattern)) {
    return usageError('payload-invalid', `No payload matches ${pattern}; ${there}. ${MAKE_ONE}`);
  }
  const names = await namesIn(folder);
  const hint = didYouMean(path.basename(pattern), names);
  return usageError(
    'payload-invalid',
    `Payload ${pattern} cannot be read (${await reasonOf(pattern)}); ${there}.${hint} ${MAKE_ONE}`,
  );
}

const MAKE_ONE = 'autombw init writes one.';

async function reasonOf(file: string): Promise<string> {
  return stat(file).then(
    () => 'it changed in the meantime',
    (error: unknown) => systemReason(error),
  );
}

/** Names that are shown at most. */
const MOST_LISTED = 10;

async function listing(folder: string): Promise<string> {
  const title = folder === '.' ? 'this folder' : folder;
  if (!existsSync(folder)) return `there is no folder ${folder}`;
  const all = await namesIn(folder);
  if (all.length === 0) return `${title} is empty`;
  const payloads = all.filter((name) => isPayload(name) || path.extname(name) === '');
  const names = payloads.length > 0 ? payloads : all;
  const more = names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '';
  return `${title} contains ${names.slice(0, MOST_LISTED).join(', ')}${more}`;
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).then(
    (names) => names.toSorted(),
    () => [],
  );
}
