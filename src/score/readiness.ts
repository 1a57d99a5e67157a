/** Whether each scorer could be used on this machine as it is. */
import { checkModels, hasRuntime, INSTALL_RUNTIME, type ModelCheck } from './onnx/check-models.ts';
import { modelsFolder } from './onnx/models-folder.ts';
import { describeScorers } from './registry.ts';

export interface ScorerReadiness {
  readonly id: string;
  /**
   * `ready`: at once. `needs`: it depends on what only its user can give, a setting or a server. `lacks`: files or a package
   * are not there. `untouched`: the same, and none of its files is. `wrong`: a file is another one than it must be.
   */
  readonly state: 'ready' | 'needs' | 'lacks' | 'untouched' | 'wrong';
  /** What it needs, lacks, or what is wrong; empty where it is ready. */
  readonly detail: string;
}

/** In the order of the registry. Files of networks are hashed, as `checkModels` does. */
export async function scorerReadiness(
  models = modelsFolder(),
  isInstalled = hasRuntime(),
  signal?: AbortSignal,
): Promise<ScorerReadiness[]> {
  const checks = new Map((await checkModels([], models, signal)).map((check) => [check.id, check]));
  return describeScorers().map(({ id, needs }) => {
    const check = checks.get(id);
    if (check !== undefined) return { id, ...ofNetwork(check, isInstalled) };
    return needs === 'nothing' ? { id, state: 'ready', detail: '' } : { id, state: 'needs', detail: needs };
  });
}

function ofNetwork({ files, fault, ready }: ModelCheck, isInstalled: boolean): Omit<ScorerReadiness, 'id'> {
  const wrong = files.find(({ state }) => state === 'wrong');
  if (wrong !== undefined) return { state: 'wrong', detail: `${wrong.path} is not the expected file` };
  if (fault !== null) return { state: 'wrong', detail: fault };
  const missing = files.filter(({ state }) => state === 'missing').map(({ path }) => path);
  if (ready && isInstalled) return { state: 'ready', detail: '' };
  const lacking = [...missing, ...(isInstalled ? [] : [`the package onnxruntime-node (${INSTALL_RUNTIME})`])];
  return { state: missing.length === files.length ? 'untouched' : 'lacks', detail: lacking.join(', ') };
}
