/** The way that merges into files of the server's model folder, as far as it is the same whatever server loads them. */
import fs from 'node:fs';
import path from 'node:path';
import { architectureRow, partNamesOf } from '../architectures/registry.ts';
import { localPair, localPath } from '../checkpoints/local-path.ts';
import { mergeCheckpoints, prepareMerge } from '../checkpoints/merge.ts';
import { checkFolder, rehearseMerge } from '../checkpoints/rehearse.ts';
import { checkModels } from '../checkpoints/scan.ts';
import { warningsOfMerge } from '../checkpoints/warnings.ts';
import { WorkFiles } from '../checkpoints/work-files.ts';
import { isExpected, usageError } from '../shared/errors.ts';
import { blocksOf, uniformWeights, type Architecture, type BlockWeights } from '../space/blocks.ts';
import type { Capabilities } from './renderer.ts';

/** As in `--backend`. */
export const MERGED_FILES = 'checkpoint';

export function capabilitiesOfFiles(architecture: Architecture): Capabilities {
  return {
    free: blocksOf(architecture),
    optional: architectureRow(architecture).optionalBlocks,
    parts: { free: partNamesOf(architecture) },
    tied: {},
    fixed: {},
    range: { low: -1, high: 2 },
    mergesTextEncoder: true,
    savesCheckpoint: true,
  };
}

/** Paths of this machine. */
export interface LocalModels {
  readonly a: string;
  readonly b: string;
}

export interface ServedModels {
  /** As the server names the files: whole paths, or below its folder. */
  readonly modelA: string;
  readonly modelB: string;
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
    const missing = whyNotInto(path.dirname(a));
    return missing === undefined ? { a, b } : { missing };
  }
  const missing = (a === undefined ? modelA : modelB).replace(/^.*[\\/]/, '');
  if (!missing.endsWith('.safetensors')) {
    return {
      missing: `${missing} is not a safetensors file, and only those can be merged; use the safetensors file of the model.`,
    };
  }
  return {
    missing:
      modelsDir === undefined
        ? withoutFolder
        : `The folder of --models-dir, ${modelsDir}, does not hold ${missing}; give the checkpoint folder of ${server}.`,
  };
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

/** The merges of one pair of models, beside model A. */
export class MergedFiles {
  readonly folder: string;
  readonly #models: { readonly modelA: string; readonly modelB: string };
  readonly #architecture: Architecture;
  readonly #work: WorkFiles;

  constructor({ a, b }: LocalModels, architecture: Architecture) {
    this.folder = path.dirname(a);
    this.#models = { modelA: a, modelB: b };
    this.#architecture = architecture;
    this.#work = new WorkFiles({ folder: this.folder, ...this.#models });
  }

  /**
   * Looks, before anything is changed or drawn, for what would fail only at the first merge.
   * @throws usage errors of `rehearseMerge`; what `checkModels` finds wrong with the numbers
   */
  async ready(signal: AbortSignal): Promise<void> {
    const { folder } = this;
    const architecture = this.#architecture;
    rehearseMerge({ ...this.#models, folder, name: 'autombw-work', architecture, copies: WORK_FILES });
    await checkModels({ ...this.#models, weights: this.#half }, signal);
  }

  /** A sentence each. */
  warnings(): readonly string[] {
    const { modelA: output } = this.#models;
    return warningsOfMerge(prepareMerge({ ...this.#models, weights: this.#half, output, hashes: false }));
  }

  /** @returns the file's name, one that never was before; @throws as `mergeCheckpoints` */
  async write(weights: BlockWeights, signal: AbortSignal): Promise<string> {
    return path.basename(await this.#work.write(weights, signal));
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
    await mergeCheckpoints({ ...this.#models, output, weights }, { signal });
    return output;
  }

  /** Deletes what was written and not kept. Never throws. @returns what could not be deleted */
  remove(): readonly string[] {
    return this.#work.remove();
  }

  get #half(): BlockWeights {
    return uniformWeights(0.5, this.#architecture);
  }
}

/** Gigabytes that lie there at one time, in merges: the one that is loaded, and the one that is being written. */
const WORK_FILES = 2;
