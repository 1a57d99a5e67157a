/** Where the files of scorers lie: found, hashed and compared with what a manifest says of them. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { usageError } from '../../shared/errors.ts';
import { isSystemError } from '../../shared/system-error.ts';
import { hashOf } from '../../shared/hashes/file-hash.ts';
import { filesOf, type Manifest, type ModelFile } from './manifest.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `AUTOMBW_MODELS`, or where users of the system expect the data of programs. */
export function modelsFolder(env: Environment = process.env): string {
  const own = env['AUTOMBW_MODELS'];
  if (own !== undefined && own !== '') return path.resolve(own);
  const data = env['XDG_DATA_HOME'] ?? env['LOCALAPPDATA'] ?? path.join(os.homedir(), '.local', 'share');
  return path.join(data, 'autombw', 'models');
}

/** Folders that are searched in order: that of the manifest itself (of a user's own), then the models folder. */
export type SearchPath = readonly [string, ...string[]];

export type FileState =
  | { readonly state: 'missing'; readonly file: string; readonly path: string }
  | {
      /** `found`: nothing is known to compare it with. */
      readonly state: 'right' | 'wrong' | 'found';
      readonly file: string;
      readonly path: string;
      readonly bytes: number;
      readonly sha256: string;
      /** What the manifest says, in full or its first digits. */
      readonly expected: string | null;
    };

/** One state per file that the scorer needs; of several that are the same, the one that is there. */
export async function checkFiles(
  manifest: Manifest,
  folders: SearchPath,
  signal?: AbortSignal,
): Promise<FileState[]> {
  const states: FileState[] = [];
  for (const group of filesOf(manifest)) states.push(await checkGroup(group, folders, signal));
  return states;
}

/** The files that the scorer needs and that are not there; none of them is read. */
export function missingFiles(manifest: Manifest, folders: SearchPath): string[] {
  return filesOf(manifest).flatMap((group) =>
    lookFor(group, folders) === undefined ? group.slice(0, 1).map(({ file }) => file) : [],
  );
}

/** The path of a file that is there. */
export interface FoundFile extends ModelFile {
  readonly path: string;
}

/** @throws usage error `onnx-file-missing`, which names the folder that it belongs in */
export function findFile(group: readonly ModelFile[], folders: SearchPath, manifest: Manifest): FoundFile {
  const found = lookFor(group, folders);
  if (found !== undefined) return found;
  const names = group.map(({ file }) => pathOf(file, folders.at(-1) ?? '')).join(' or ');
  throw usageError(
    'onnx-file-missing',
    `Scorer "${manifest.id}" needs ${names}, which is missing. Download it from ${manifest.source}; ` +
      `autombw models check ${manifest.id} then checks that everything is in place.`,
  );
}

/** @throws usage error `onnx-file-hash` when it is another file than the manifest means */
export async function verifyFile({ path: file, sha256 }: FoundFile, signal?: AbortSignal): Promise<void> {
  if (sha256 === undefined) return;
  const found = await hashOf(file, signal);
  if (found.startsWith(sha256)) return;
  throw usageError(
    'onnx-file-hash',
    `${file} is not the file the scorer was made for: its SHA-256 is ${found.slice(0, 12)}…, not ${sha256.slice(0, 12)}…. ` +
      'Download it again, or describe yours in your own manifest.',
  );
}

function lookFor(group: readonly ModelFile[], folders: SearchPath): FoundFile | undefined {
  for (const file of group) {
    for (const folder of folders) {
      const candidate = pathOf(file.file, folder);
      if (isFile(candidate)) return { ...file, path: candidate };
    }
  }
  return undefined;
}

/** A folder that may not be entered holds nothing for us. */
function isFile(candidate: string): boolean {
  try {
    return fs.statSync(candidate, { throwIfNoEntry: false })?.isFile() === true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

async function checkGroup(
  group: readonly ModelFile[],
  folders: SearchPath,
  signal?: AbortSignal,
): Promise<FileState> {
  const found = lookFor(group, folders);
  if (found === undefined) {
    const file = group[0]?.file ?? '';
    return { state: 'missing', file, path: pathOf(file, folders.at(-1) ?? '') };
  }
  const sha256 = await hashOf(found.path, signal);
  const expected = found.sha256 ?? null;
  const state = expected === null ? 'found' : sha256.startsWith(expected) ? 'right' : 'wrong';
  return { state, file: found.file, path: found.path, bytes: fs.statSync(found.path).size, sha256, expected };
}

function pathOf(file: string, folder: string): string {
  return path.resolve(folder, file);
}
