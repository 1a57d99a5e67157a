/** The way that merges into files of the server's model folder, as far as it is the same whatever server loads them. */
import fs from 'node:fs';
import path from 'node:path';
import { architectureRow, partNamesOf } from '../architectures/registry.ts';
import { checkBake, prepareBake } from '../checkpoints/bake.ts';
import type { LoraArgument } from '../checkpoints/lora/argument.ts';
import { findLoraFiles } from '../checkpoints/lora/find-files.ts';
import { activeLorasIn } from '../checkpoints/lora/searched-loras.ts';
import { findLocally, localPair, localPath } from '../checkpoints/local-path.ts';
import { mergeCheckpoints, prepareMerge, type MergeSettings } from '../checkpoints/merge.ts';
import { checkFolder, rehearseMerge } from '../checkpoints/rehearse.ts';
import { checkModels } from '../checkpoints/scan.ts';
import { mergeMethod } from '../checkpoints/methods/registry.ts';
import {
  adjustParameters,
  METHOD_PARAMETER,
  methodValue,
  parametersOfMerges,
  readSearchedMerge,
  weightRangeOf,
} from '../checkpoints/searched-merge.ts';
import { warningsOfMerge } from '../checkpoints/warnings.ts';
import { WorkFiles } from '../checkpoints/work-files.ts';
import { isExpected, usageError } from '../shared/errors.ts';
import { blocksOf, uniformWeights, type Architecture, type BlockWeights } from '../space/blocks.ts';
import { LORA_PREFIX } from '../space/parameters.ts';
import { capabilitiesOfModelA } from './model-a.ts';
import { parametersOfLoras } from './prompt-loras.ts';
import type { Capabilities, LocalModels } from './renderer.ts';

/** As in `--backend`. */
export const MERGED_FILES = 'checkpoint';

export interface MergedFilesOptions {
  /** Merge methods that are searched or fixed; the usual one where left out. */
  readonly methods?: readonly string[] | undefined;
  /** There is no model B, and what is searched are these, `adjust:contrast` …; left out where there is one. */
  readonly adjusts?: readonly string[] | undefined;
  /** What is baked into every file; none where left out. */
  readonly bakes?: BakedLoras | undefined;
}

/** LoRAs whose strengths are parameters. */
export interface BakedLoras {
  /** As people name them, `detail`, `detail@IN*` … */
  readonly names: readonly string[];
  /** Where they lie on this machine; looked for beside the models where left out. */
  readonly folder: string | undefined;
}

export function capabilitiesOfFiles(
  architecture: Architecture,
  { methods = [], adjusts, bakes }: MergedFilesOptions = {},
): Capabilities {
  const loras = parametersOfLoras(bakes?.names ?? [], architecture);
  if (adjusts !== undefined) {
    return {
      ...capabilitiesOfModelA(architecture),
      parameters: [...adjustParameters(architecture, adjusts), ...loras],
      savesCheckpoint: true,
    };
  }
  return {
    free: blocksOf(architecture),
    optional: architectureRow(architecture).optionalBlocks,
    parts: { free: partNamesOf(architecture) },
    tied: {},
    fixed: {},
    range: weightRangeOf(methods),
    parameters: [...parametersOfMerges(), ...adjustParameters(architecture), ...loras],
    mergesTextEncoder: true,
    savesCheckpoint: true,
  };
}

export interface ServedModels {
  /** As the server names the files: whole paths, or below its folder. */
  readonly modelA: string;
  readonly modelB: string;
  /** Model C and further ones, which only this machine reads: as people name them, by a path or below the folder of the models. */
  readonly others?: readonly string[] | undefined;
  readonly modelsDir: string | undefined;
  /**
   * For a server that names files below folders of its own: what those are called, for model A and for model B. The given folder is one of them or
   * the one above. Left out, it names whole paths.
   */
  readonly below?: { readonly a: readonly string[]; readonly b: readonly string[] };
  /** Of the server, for messages: `the WebUI at http://…`. */
  readonly server: string;
  /** One sentence: what to do where no folder was given. */
  readonly withoutFolder: string;
}

/** @returns where they are, or one sentence why no merge can be written beside them */
export function findLocalModels({
  modelA,
  modelB,
  others = [],
  modelsDir,
  below,
  server,
  withoutFolder,
}: ServedModels): LocalModels | { readonly missing: string } {
  const { a, b } =
    below === undefined || modelsDir === undefined
      ? { a: localPath(modelA, modelsDir), b: localPath(modelB, modelsDir) }
      : localPair(
          { a: modelA, b: modelB },
          { a: foldersIn(modelsDir, below.a), b: foldersIn(modelsDir, below.b) },
        );
  if (a !== undefined && b !== undefined) {
    const folder = path.dirname(a);
    const missing = whyNotInto(folder);
    if (missing !== undefined) return { missing };
    return withOthers({ a, b }, others, modelsDir ?? folder);
  }
  const missing = (a === undefined ? modelA : modelB).replace(/^.*[\\/]/, '');
  if (!missing.endsWith('.safetensors')) {
    return {
      missing: `${missing} is not a safetensors file, the only kind that can be merged; use the safetensors file of the model.`,
    };
  }
  return {
    missing:
      modelsDir === undefined
        ? withoutFolder
        : `The folder in --models-dir, ${modelsDir}, does not contain ${missing}; give the checkpoint folder of ${server}.`,
  };
}

function withOthers(
  models: LocalModels,
  others: readonly string[],
  folder: string,
): LocalModels | { readonly missing: string } {
  const found = findOtherModels(others, folder);
  if ('missing' in found) return found;
  return found.length === 0 ? models : { ...models, others: found };
}

/** Model C and further ones: by a path, or by a name below the folder. @returns one sentence where one is not there */
export function findOtherModels(
  others: readonly string[],
  folder: string,
): readonly string[] | { readonly missing: string } {
  const found: string[] = [];
  for (const name of others) {
    const isPath = name.endsWith('.safetensors') && fs.existsSync(name);
    const file = isPath ? name : findLocally(name, folder);
    if (file === undefined)
      return {
        missing: `No safetensors file named ${name} was found in ${folder} or its subfolders: give its path.`,
      };
    found.push(file);
  }
  return found;
}

function foldersIn(modelsDir: string, below: readonly string[]): string[] {
  return [modelsDir, ...below.map((name) => path.join(modelsDir, name))];
}

function whyNotInto(folder: string): string | undefined {
  try {
    checkFolder(folder);
    return undefined;
  } catch (error) {
    if (!isExpected(error)) throw error;
    return error.message;
  }
}

/** What a merge of given weights is of. */
type Merged = Pick<
  MergeSettings,
  'modelA' | 'modelB' | 'modelC' | 'moreModels' | 'weights' | 'method' | 'parameters' | 'adjust'
>;

/** The merges of a set of models, beside model A. */
export class MergedFiles {
  readonly folder: string;
  readonly #models: LocalModels;
  readonly #architecture: Architecture;
  readonly #work: WorkFiles;
  readonly #bakes: BakedLoras | undefined;

  constructor(models: LocalModels, architecture: Architecture, bakes?: BakedLoras) {
    const { a, b, others = [] } = models;
    this.folder = path.dirname(a);
    this.#models = models;
    this.#architecture = architecture;
    this.#bakes = bakes;
    this.#work = new WorkFiles({ folder: this.folder, models: [a, b, ...others] });
  }

  /**
   * Looks, before anything is changed or drawn, for what would fail only at the first merge.
   * @param methods that are going to be used; the usual one unless given
   * @throws usage errors of `rehearseMerge`, `model-files` for a LoRA that is not here; what `checkModels` and `checkBake` find wrong
   */
  async ready(signal: AbortSignal, methods: readonly string[] = []): Promise<void> {
    const { folder } = this;
    const architecture = this.#architecture;
    const { a: modelA, b: modelB } = this.#models;
    rehearseMerge({ modelA, modelB, folder, name: 'autombw-work', architecture, copies: WORK_FILES });
    await checkModels(this.#half, signal);
    for (const method of methods)
      await checkModels(this.#merged(withMethod(this.#half.weights, method)), signal);
    const names = this.#bakes?.names ?? [];
    if (names.length === 0) return;
    const inFull = Object.fromEntries(names.map((name) => [LORA_PREFIX + name, 1]));
    checkBake(prepareBake({ model: modelA, loras: this.#lorasIn(inFull), output: modelA, hashes: false }));
  }

  /** A sentence each. */
  warnings(): readonly string[] {
    const { a: output } = this.#models;
    return warningsOfMerge(prepareMerge({ ...this.#half, output, hashes: false }));
  }

  /** @param weights with parameters. @returns the file's name, one that never was before; @throws as `mergeCheckpoints` */
  async write(weights: BlockWeights, signal: AbortSignal): Promise<string> {
    const [merge, loras] = [this.#merged(weights), this.#lorasIn(weights)];
    const file =
      loras.length === 0
        ? await this.#work.write(merge, signal)
        : await this.#work.writeBaked(merge, loras, signal);
    return path.basename(file);
  }

  /** Keeps a merge, under a name without extension. @returns the path; @throws usage error `checkpoint-exists`; as `mergeCheckpoints` */
  async save(weights: BlockWeights, name: string, signal: AbortSignal): Promise<string> {
    const output = path.join(this.folder, `${name}.safetensors`);
    if (fs.existsSync(output)) {
      throw usageError(
        'checkpoint-exists',
        `${this.folder} already has a checkpoint "${name}.safetensors"; choose another name.`,
      );
    }
    this.#work.requireSameModels();
    const [merge, loras] = [{ ...this.#merged(weights), output }, this.#lorasIn(weights)];
    if (loras.length === 0) await mergeCheckpoints(merge, { signal });
    else await this.#work.bake(merge, loras, { signal });
    return output;
  }

  /** Deletes what was written and not kept. Never throws. @returns what could not be deleted */
  remove(): readonly string[] {
    return this.#work.remove();
  }

  #merged(weights: BlockWeights): Merged {
    const { a, b, others = [] } = this.#models;
    return mergeOfFiles([a, b, ...others], weights, this.#architecture);
  }

  /** @throws usage error `model-files` */
  #lorasIn(weights: BlockWeights): readonly LoraArgument[] {
    const active = activeLorasIn(weights);
    if (active.length === 0) return [];
    const found = findLoraFiles(active, { loraDir: this.#bakes?.folder, model: this.#models.a });
    if (!('missing' in found)) return found;
    throw usageError('model-files', `The LoRAs cannot be baked into merged files: ${found.missing}`);
  }

  get #half(): Merged {
    const { a: modelA, b: modelB } = this.#models;
    if (modelA === modelB) return { modelA, weights: {}, adjust: {} };
    return { modelA, modelB, weights: uniformWeights(0.5, this.#architecture) };
  }
}

/**
 * @param files of models A and B, and C and more where there are any: a method that takes fewer leaves out the last ones; A twice where
 * there is no model B and A is only adjusted
 * @param named weights with parameters
 */
export function mergeOfFiles(
  files: readonly string[],
  named: BlockWeights,
  architecture: Architecture,
): Merged {
  const { weights, method, parameters, adjust, isSwapped } = readSearchedMerge(named, architecture);
  const [a = '', b = '', ...others] = files;
  if (a === b && Object.keys(adjust).length > 0) return { modelA: a, weights: {}, adjust };
  const { most } = mergeMethod(method).models;
  const [modelC, ...moreModels] = others.slice(0, most - 2);
  const [modelA, modelB] = isSwapped ? [b, a] : [a, b];
  return {
    modelA,
    modelB,
    ...(modelC !== undefined && { modelC }),
    ...(moreModels.length > 0 && { moreModels }),
    weights,
    method,
    parameters,
    ...(Object.keys(adjust).length > 0 && { adjust }),
  };
}

function withMethod(weights: BlockWeights, method: string): BlockWeights {
  return { ...weights, [METHOD_PARAMETER]: methodValue(method) };
}

/** Gigabytes that lie there at one time, in merges: the one that is loaded, and the one that is being written. */
const WORK_FILES = 2;
