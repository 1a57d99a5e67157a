/** `--save-best checkpoint`: the merged checkpoint written by autombw itself, beside model A. */
import fs from 'node:fs';
import path from 'node:path';
import { checkBake, prepareBake } from '../checkpoints/bake.ts';
import { findLocally, localPath } from '../checkpoints/local-path.ts';
import { findLoraFiles } from '../checkpoints/lora/find-files.ts';
import type { LoraArgument } from '../checkpoints/lora/argument.ts';
import { activeLorasIn, type SearchedLora } from '../checkpoints/lora/searched-loras.ts';
import { mergeCheckpoints } from '../checkpoints/merge.ts';
import { checkFolder, rehearseMerge } from '../checkpoints/rehearse.ts';
import { checkModels } from '../checkpoints/scan.ts';
import { WorkFiles } from '../checkpoints/work-files.ts';
import { otherModels } from '../config/search-rules.ts';
import { serversOf } from '../config/servers.ts';
import type { SearchConfig } from '../config/schema.ts';
import { isExpected, usageError } from '../shared/errors.ts';
import type { SearchPlan } from '../journal/record.ts';
import { findOtherModels, locateModels, mergeOfFiles, type ServerReport } from '../renderers/index.ts';
import { uniformWeights } from '../space/blocks.ts';
import { LORA_PREFIX, lorasAmong } from '../space/parameters.ts';
import { rulesByName } from '../space/rules.ts';
import type { BlockWeights } from '../types.ts';
import { checkpointFile, takenName, type TakenName } from './checkpoint-name.ts';

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
  rehearseBake(config, models);
  // With a weight in every block all of them are merged; which one does not matter.
  const asked = Object.fromEntries(
    Object.keys(rulesByName(config.block, config.architecture)).map((name) => [name, 0.5]),
  );
  await checkModels(
    { ...models, weights: { ...uniformWeights(0.5, config.architecture), ...asked } },
    signal,
  );
}

/** Are LoRAs searched, so that the best merge becomes a checkpoint only when autombw bakes them in? */
export function hasLoras({ search }: Pick<SearchConfig, 'search'>): boolean {
  return lorasAmong(Object.keys(search)).length > 0;
}

/** One sentence why what is found cannot be written with its LoRAs, and what to do; undefined where it can. */
export function whyNotBaked(
  config: SearchConfig,
  server: ServedModels & Pick<ServerReport, 'mergeWay'>,
): string | undefined {
  try {
    const models = findModels(config, server, 'that needs');
    rehearse(config, models, server.mergeWay === 'checkpoint');
    rehearseBake(config, models);
    return undefined;
  } catch (error) {
    if (!isExpected(error)) throw error;
    return error.message;
  }
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
  if (config.saveBest !== 'checkpoint') return;
  if (config.modelsDir !== undefined) checkFolder(config.modelsDir);
  const models = await findModelsDry(config, made, signal);
  if (models !== undefined) rehearse(config, models, config.backend === 'checkpoint');
}

/** The same for the name of the merged checkpoint: undefined where it is free, or nobody knows before the search. */
export async function takenNameDry(
  config: SearchConfig,
  made: readonly string[],
  signal: AbortSignal,
): Promise<TakenName | undefined> {
  const { saveBest, backend, modelsDir, output } = config;
  const isOwn = saveBest === 'webui' && backend === 'checkpoint' && modelsDir !== undefined;
  if (saveBest !== 'checkpoint' && !isOwn) return undefined;
  try {
    const models = await findModelsDry(config, made, signal);
    return models && takenName(path.dirname(models.modelA), output);
  } catch (error) {
    if (!isExpected(error)) throw error;
    return undefined;
  }
}

/** Undefined where one is made first, or only the server can look it up. */
async function findModelsDry(
  config: SearchConfig,
  made: readonly string[],
  signal: AbortSignal,
): Promise<LocalModels | undefined> {
  const { modelsDir, modelA, modelB } = config;
  if (modelsDir !== undefined) {
    const [a, b] = [modelA, modelB].map((model) =>
      made.includes(model) ? undefined : inFolder(model, modelsDir),
    );
    return a === undefined || b === undefined ? undefined : { modelA: a, modelB: b };
  }
  if (made.includes(modelA) || made.includes(modelB)) return undefined;
  return askWhere(config, signal);
}

/**
 * Is the name of the merged checkpoint taken, where autombw itself is going to write it?
 * @returns undefined also where the server writes it, and where nobody can
 */
export function takenNameOf(config: SearchConfig, server: ServerReport): TakenName | undefined {
  const { saveBest, output } = config;
  if (saveBest === 'none') return undefined;
  const isOwn = saveBest === 'checkpoint' || server.mergeWay === 'checkpoint' || hasLoras(config);
  if (!isOwn) return undefined;
  try {
    return takenName(path.dirname(findModels(config, server).modelA), output);
  } catch (error) {
    if (!isExpected(error)) throw error;
    return undefined;
  }
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
  const output = checkpointFile(path.dirname(modelA), name);
  const others = findOtherModels(otherModels(config), config.modelsDir ?? path.dirname(modelA));
  if ('missing' in others) throw usageError('model-files', others.missing);
  const files = [modelA, modelB, ...others];
  const merge = { ...mergeOfFiles(files, weights, space.architecture), output };
  const active = activeLorasIn(weights);
  if (active.length === 0) await mergeCheckpoints(merge, { signal });
  else {
    const work = new WorkFiles({ folder: path.dirname(output), models: files });
    try {
      await work.bake(merge, loraFiles(config, active, modelA), { signal });
    } finally {
      work.remove();
    }
  }
  return output;
}

type ServedModels = Readonly<
  Record<'modelA' | 'modelB', { readonly file: string; readonly path?: string | undefined }>
>;
type LocalModels = Readonly<Record<'modelA' | 'modelB', string>>;

/** @param writesWork the search itself keeps merged files in that folder */
function rehearse(
  { output, architecture, search }: SearchConfig,
  { modelA, modelB }: LocalModels,
  writesWork: boolean,
): void {
  const folder = path.dirname(modelA);
  // The work files are gone before the best merge is written, but for the one that is loaded.
  const copies = 1 + Number(writesWork) + Number(modelA !== modelB && hasLoras({ search }));
  rehearseMerge({ modelA, modelB, folder, name: output, architecture, copies });
}

/** Their files, at 1: which strength does not matter. @throws usage error `model-files`, and what `checkBake` finds wrong with them */
function rehearseBake(config: SearchConfig, { modelA }: LocalModels): void {
  const names = lorasAmong(Object.keys(config.search));
  if (names.length === 0) return;
  const inFull = activeLorasIn(Object.fromEntries(names.map((name) => [LORA_PREFIX + name, 1])));
  checkBake(
    prepareBake({
      model: modelA,
      loras: loraFiles(config, inFull, modelA),
      output: modelA,
      hashes: false,
    }),
  );
}

/** @throws usage error `model-files` */
function loraFiles(
  { loraDir }: Pick<SearchConfig, 'loraDir'>,
  loras: readonly SearchedLora[],
  model: string,
): readonly LoraArgument[] {
  const found = findLoraFiles(loras, { loraDir, model });
  if (!('missing' in found)) return found;
  throw usageError('model-files', `its LoRAs cannot be baked in: ${found.missing}`);
}

/** @param needs in messages: what needs the files */
function findModels(
  { modelsDir }: Pick<SearchConfig, 'modelsDir'>,
  server: ServedModels,
  needs?: string,
): LocalModels {
  if (modelsDir !== undefined) checkFolder(modelsDir);
  const find = ({ file, path: served = file }: ServedModels['modelA']): string =>
    localPath(served, modelsDir) ?? notHere(served, modelsDir, needs);
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
      `--save-best checkpoint needs the model files, but the server did not say where they are (${error.message.replace(/\.$/, '')}): give the checkpoint folder of the WebUI with --models-dir.`,
      { cause: error },
    );
  }
}

function notHere(
  served: string,
  modelsDir: string | undefined,
  needs = '--save-best checkpoint needs',
): never {
  const isThere = modelsDir === undefined && fs.existsSync(served);
  throw usageError(
    'model-files',
    `${needs} the model files, but ${served} is ${isThere ? 'not a safetensors file' : `not ${modelsDir === undefined ? 'on this machine' : `below ${modelsDir}`}`}: give the checkpoint folder of the WebUI with --models-dir.`,
  );
}
