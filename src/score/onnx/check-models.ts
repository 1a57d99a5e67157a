import { createRequire } from 'node:module';
import path from 'node:path';
import { isExpected, usageError } from '../../shared/errors.ts';
import { didYouMean } from '../../shared/nearest-name.ts';
import { openHead } from './heads.ts';
import { filesOf, readManifest, type Manifest } from './manifest.ts';
import { builtInManifests } from './manifests/index.ts';
import { checkFiles, findFile, type FileState, type SearchPath } from './models-folder.ts';

export interface ModelCheck {
  readonly id: string;
  readonly summary: string;
  readonly licence: string;
  readonly source: string;
  readonly files: readonly FileState[];
  /** The weights of the head are there and wrong; null also where there are none yet. */
  readonly fault: string | null;
  /** Every file is there and none is wrong. */
  readonly ready: boolean;
}

/**
 * The files of the scorers, hashed.
 * @param ids of scorers, or paths of manifests; all that are built in when empty
 * @param models the folder that they are in
 * @throws usage error `scorer-unknown` or `onnx-manifest`
 */
export async function checkModels(
  ids: readonly string[],
  models: string,
  signal?: AbortSignal,
): Promise<ModelCheck[]> {
  const chosen =
    ids.length === 0
      ? builtInManifests.map((manifest): Chosen => ({ manifest, folders: [models] }))
      : ids.map((id) => choose(id, models));
  const checks: ModelCheck[] = [];
  for (const { manifest, folders } of chosen) {
    const files = await checkFiles(manifest, folders, signal);
    const complete = files.every(({ state }) => state === 'right' || state === 'found');
    const fault = complete ? faultOf(manifest, folders) : null;
    const { id, summary, licence, source } = manifest;
    checks.push({ id, summary, licence, source, files, fault, ready: complete && fault === null });
  }
  return checks;
}

/** What installs the package that computes graphs; with -g if autombw was installed so. */
export const INSTALL_RUNTIME = 'npm install onnxruntime-node@1.30 --ignore-scripts';

/** Whether the package that computes graphs is there. */
export function hasRuntime(): boolean {
  try {
    createRequire(import.meta.url).resolve('onnxruntime-node');
    return true;
  } catch {
    return false;
  }
}

interface Chosen {
  readonly manifest: Manifest;
  readonly folders: SearchPath;
}

function choose(id: string, models: string): Chosen {
  const manifest = builtInManifests.find((candidate) => candidate.id === id);
  if (manifest !== undefined) return { manifest, folders: [models] };
  if (id.endsWith('.json')) {
    return { manifest: readManifest(id), folders: [path.dirname(path.resolve(id)), models] };
  }
  const names = builtInManifests.map((candidate) => candidate.id);
  throw usageError(
    'scorer-unknown',
    `There is no scorer "${id}" with model files.${didYouMean(id, names)} Choose one of ${names.join(', ')}, or give a manifest.`,
  );
}

function faultOf(manifest: Manifest, folders: SearchPath): string | null {
  const { head } = manifest;
  const groups =
    head.kind === 'layers' ? [head.files] : head.kind === 'tags' ? filesOf(manifest).slice(-1) : [];
  try {
    openHead(head, groups[0] === undefined ? null : findFile(groups[0], folders, manifest).path);
    return null;
  } catch (error) {
    if (isExpected(error)) return error.message;
    throw error;
  }
}
