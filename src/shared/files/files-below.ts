/** Files of a folder and of all folders below it, links to folders included. */
import fs from 'node:fs';
import path from 'node:path';
import { codeOf } from '../system-error.ts';

/**
 * What vanishes meanwhile, as a run that works there removes folders again and again, is not there.
 * @param isWanted told the name without its folder
 * @returns paths that begin with the folder
 * @throws errors with `errno` for the folder itself, and for one below it that may not be read
 */
export function filesBelow(folder: string, isWanted: (name: string) => boolean): string[] {
  return below(folder, isWanted, new Set(), true);
}

/** @param seen folders by their real paths: links may lead round in circles */
function below(
  folder: string,
  isWanted: (name: string) => boolean,
  seen: Set<string>,
  isRoot = false,
): string[] {
  let entries: fs.Dirent[];
  try {
    const real = fs.realpathSync(folder);
    if (seen.has(real)) return [];
    seen.add(real);
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (isRoot || !GONE.has(codeOf(error) ?? '')) throw error;
    return [];
  }
  return entries.flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (isFolder(entry, file)) return below(file, isWanted, seen);
    return isWanted(entry.name) ? [file] : [];
  });
}

const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

function isFolder(entry: fs.Dirent, file: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return fs.statSync(file).isDirectory();
  } catch {
    // It leads nowhere, or round in circles.
    return false;
  }
}
