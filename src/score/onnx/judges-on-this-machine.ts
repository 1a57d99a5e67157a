/** Which networks could judge taste here, and what is lacking for one: looked for, not read. */
import { hasRuntime, INSTALL_RUNTIME } from './check-models.ts';
import { filesOf } from './manifest.ts';
import { builtInManifests } from './manifests/index.ts';
import { missingFiles, modelsFolder } from './models-folder.ts';

export interface JudgesOnThisMachine {
  /** Ids of those that have all they need, the common ones first. */
  readonly ready: readonly string[];
  /** What gives a judge here, in one sentence. */
  readonly suggestion: string;
}

/** Suggested where no file of any is there. */
const USUAL = 'laion-v2-sac';

/**
 * A look at the names of files: whether they are the right ones, `checkModels` tells.
 * @param models the folder that they are in
 */
export async function judgesOnThisMachine(
  models = modelsFolder(),
  isInstalled = hasRuntime(),
): Promise<JudgesOnThisMachine> {
  const candidates = builtInManifests.map((manifest) => ({
    id: manifest.id,
    files: filesOf(manifest).length,
    missing: missingFiles(manifest, [models]),
  }));
  const complete = candidates.filter(({ missing }) => missing.length === 0).map(({ id }) => id);
  const [first, ...others] = complete;
  if (first !== undefined && isInstalled) {
    const also = others.length === 0 ? '' : `, as are ${others.join(', ')}`;
    return {
      ready: complete,
      suggestion: `A judge of taste is ready on this machine: --scorer ${first}${also}.`,
    };
  }
  if (first !== undefined) {
    return {
      ready: [],
      suggestion: `For a judge of taste: ${INSTALL_RUNTIME}, then --scorer ${first}, whose files are installed.`,
    };
  }
  const [begun] = candidates
    .filter(({ files, missing }) => missing.length < files)
    .toSorted((a, b) => a.missing.length - b.missing.length);
  const steps =
    begun === undefined
      ? `autombw models check ${USUAL} says which files to fetch for one`
      : `${begun.id} lacks only ${begun.missing.join(' and ')} (autombw models check ${begun.id})`;
  const before = isInstalled ? '' : `${INSTALL_RUNTIME}; then `;
  return { ready: [], suggestion: `For a judge of taste: --scorer manual asks you; or ${before}${steps}.` };
}
