/** `--save-best checkpoint`: the merged checkpoint written by autombw itself, beside model A. */
import path from 'node:path';
import { localPath } from '../checkpoints/local-path.ts';
import { mergeCheckpoints } from '../checkpoints/merge.ts';
import { checkModels } from '../checkpoints/scan.ts';
import type { SearchConfig } from '../config/schema.ts';
import { usageError } from '../errors.ts';
import type { SearchPlan } from '../journal/record.ts';
import type { ServerReport } from '../renderers/index.ts';
import { SEARCH_ORDER } from '../space/blocks.ts';
import type { BlockWeights } from '../types.ts';

/**
 * Before the run, not after two days.
 * @throws usage error `model-files` when they cannot be found, and what refuses a merge of them, whatever the weights
 */
export async function checkModelFiles(
  config: SearchConfig,
  server: ServerReport,
  signal: AbortSignal,
): Promise<void> {
  if (config.saveBest !== 'checkpoint') return;
  await checkModels({ ...findModels(config, server), weights: ANY_WEIGHTS }, signal);
}

/** With a weight, all blocks are merged; which one does not matter. */
const ANY_WEIGHTS: BlockWeights = Object.fromEntries(SEARCH_ORDER.map((block) => [block, 0.5]));

/** @returns the path; @throws usage error `output-exists`, and what `mergeCheckpoints` throws */
export async function mergeNatively(
  { config, server }: SearchPlan,
  weights: BlockWeights,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  if (server === null) throw new Error('a run has a server');
  const { modelA, modelB } = findModels(config, server);
  const output = path.join(path.dirname(modelA), `${name}.safetensors`);
  await mergeCheckpoints({ modelA, modelB, output, weights }, { signal });
  return output;
}

type ServedModels = Readonly<
  Record<'modelA' | 'modelB', { readonly file: string; readonly path?: string | undefined }>
>;

function findModels(
  { modelsDir }: Pick<SearchConfig, 'modelsDir'>,
  server: ServedModels,
): Record<'modelA' | 'modelB', string> {
  const find = ({ file, path: served = file }: ServedModels['modelA']): string => {
    const found = localPath(served, modelsDir);
    if (found !== undefined) return found;
    throw usageError(
      'model-files',
      `--save-best checkpoint needs the files of the models, but ${served} is not ${modelsDir === undefined ? 'on this machine' : `below ${modelsDir}`}: give the checkpoint folder of the WebUI with --models-dir.`,
    );
  };
  return { modelA: find(server.modelA), modelB: find(server.modelB) };
}
