/** `--save-best checkpoint`: the merged checkpoint written by autombw itself, beside model A. */
import fs from 'node:fs';
import path from 'node:path';
import { findLocally, localPath } from '../checkpoints/local-path.ts';
import { mergeCheckpoints } from '../checkpoints/merge.ts';
import { checkFolder, rehearseMerge } from '../checkpoints/rehearse.ts';
import { checkModels } from '../checkpoints/scan.ts';
import { otherModels } from '../config/search-rules.ts';
import { serversOf } from '../config/servers.ts';
import type { SearchConfig } from '../config/schema.ts';
import { isExpected, usageError } from '../shared/errors.ts';
import type { SearchPlan } from '../journal/record.ts';
import { findOtherModels, locateModels, mergeOfFiles, type ServerReport } from '../renderers/index.ts';
import { uniformWeights } from '../space/blocks.ts';
import { rulesByName } from '../space/rules.ts';
import type { BlockWeights } from '../types.ts';

/**
 * Before anything is drawn, not after two days.
 * @throws usage errors: `model-files` when they cannot be found, and what `rehearseMerge` finds wrong with them; what
 * `checkModels` finds wrong with their numbers
 */
export async function checkModelFiles(
  config: SearchConfig,
  server: ServerReport,
  signal: AbortSignal,
): Promise<void> {
  if (config.saveBest !== 'checkpoint') return;
  const models = findModels(config, server);
  rehearse(config, models, server.mergeWay === 'checkpoint');
  // With a weight in every block all of them are merged; which one does not matter.
  const asked = Object.fromEntries(
    Object.keys(rulesByName(config.block, config.architecture)).map((name) => [name, 0.5]),
  );
  await checkModels(
    { ...models, weights: { ...uniformWeights(0.5, config.architecture), ...asked } },
    signal,
  );
}

/**
 * The same as far as it can be known without a renderer, for a dry run. Where the folder is not given, the server is asked
 * where its files lie, and nothing else.
 * @param made models that earlier searches of a chain will make: not there yet
 * @throws as {@link checkModelFiles}
 */
export async function checkModelFilesDry(
  config: SearchConfig,
  made: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { saveBest, modelsDir, modelA, modelB } = config;
  if (saveBest !== 'checkpoint') return;
  const writesWork = config.backend === 'checkpoint';
  if (modelsDir !== undefined) {
    checkFolder(modelsDir);
    const [a, b] = [modelA, modelB].map((model) =>
      made.includes(model) ? undefined : inFolder(model, modelsDir),
    );
    if (a !== undefined && b !== undefined) rehearse(config, { modelA: a, modelB: b }, writesWork);
    return;
  }
  if (made.includes(modelA) || made.includes(modelB)) return;
  rehearse(config, await askWhere(config, signal), writesWork);
}

/** @returns the path; @throws usage error `output-exists`, and what `mergeCheckpoints` throws */
export async function mergeNatively(
  { config, server, space }: SearchPlan,
  weights: BlockWeights,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  if (server === null) throw new Error('a run has a server');
  const { modelA, modelB } = findModels(config, server);
  const output = path.join(path.dirname(modelA), `${name}.safetensors`);
  const others = findOtherModels(otherModels(config), config.modelsDir ?? path.dirname(modelA));
  if ('missing' in others) throw usageError('model-files', others.missing);
  const merge = mergeOfFiles([modelA, modelB, ...others], weights, space.architecture);
  await mergeCheckpoints({ ...merge, output }, { signal });
  return output;
}

type ServedModels = Readonly<
  Record<'modelA' | 'modelB', { readonly file: string; readonly path?: string | undefined }>
>;
type LocalModels = Readonly<Record<'modelA' | 'modelB', string>>;

/** @param writesWork the search itself keeps merged files in that folder */
function rehearse(
  { output, architecture }: SearchConfig,
  { modelA, modelB }: LocalModels,
  writesWork: boolean,
): void {
  const folder = path.dirname(modelA);
  // The work files are gone before the best merge is written, but for the one that is loaded.
  rehearseMerge({ modelA, modelB, folder, name: output, architecture, copies: writesWork ? 2 : 1 });
}

function findModels({ modelsDir }: Pick<SearchConfig, 'modelsDir'>, server: ServedModels): LocalModels {
  if (modelsDir !== undefined) checkFolder(modelsDir);
  const find = ({ file, path: served = file }: ServedModels['modelA']): string =>
    localPath(served, modelsDir) ?? notHere(served, modelsDir);
  return { modelA: find(server.modelA), modelB: find(server.modelB) };
}

/** A model that a person names, below the folder; undefined for a hash, which only the server can look up. */
function inFolder(model: string, modelsDir: string): string | undefined {
  const found = findLocally(model, modelsDir);
  if (found !== undefined || /^[0-9a-f]{8,64}$/i.test(model)) return found;
  return notHere(model, modelsDir);
}

async function askWhere(config: SearchConfig, signal: AbortSignal): Promise<LocalModels> {
  try {
    const [first] = await serversOf(config);
    if (first === undefined) throw new Error('a run needs at least one WebUI');
    const served = await locateModels({ ...first, auth: first.webuiAuth }, signal);
    return findModels({ modelsDir: undefined }, served);
  } catch (error) {
    if (!isExpected(error)) throw error;
    if (error.code === 'model-files') throw error;
    throw usageError(
      'model-files',
      `--save-best checkpoint needs the files of the models, and the server could not say where they are (${error.message.replace(/\.$/, '')}): give the checkpoint folder of the WebUI with --models-dir.`,
      { cause: error },
    );
  }
}

function notHere(served: string, modelsDir: string | undefined): never {
  const isThere = modelsDir === undefined && fs.existsSync(served);
  throw usageError(
    'model-files',
    `--save-best checkpoint needs the files of the models, but ${served} is ${isThere ? 'not a safetensors file' : `not ${modelsDir === undefined ? 'on this machine' : `below ${modelsDir}`}`}: give the checkpoint folder of the WebUI with --models-dir.`,
  );
}
