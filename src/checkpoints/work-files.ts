/**
 * Merged checkpoints for a server that reads a file once and never again under the same name: a new name for every merge, two
 * files in turn. The one that the server has open is left alone; in the other only the blocks whose weight changed are written again.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { isExpected, runError } from '../shared/errors.ts';
import type { BakeResult, BakeSettings } from './bake.ts';
import { bakeMerge } from './bake-merge.ts';
import { mergeCheckpoints, type MergeSettings, type MergeWatch } from './merge.ts';
import { atExit } from '../shared/process/at-exit.ts';
import { isAbandoned, ownerTag } from '../shared/process/file-owner.ts';
import { remergeBlocks } from './remerge.ts';

export interface WorkFileSettings {
  /** The server's checkpoint folder. */
  readonly folder: string;
  /** All of which merges are made, model A first. */
  readonly models: readonly string[];
}

/** One merge of these models. */
type WorkMerge = Pick<
  MergeSettings,
  'modelA' | 'modelB' | 'modelC' | 'moreModels' | 'weights' | 'method' | 'parameters' | 'adjust'
>;

/** Room in the header, so that weights of another length do not move the tensors. */
const ALIGNMENT = 16_384;
/** The server may have the last one open. */
const KEPT = 2;
const WORK_FILE =
  /^autombw-work-([0-9a-f]{8}-\d+)-[0-9a-f]{8}-\d+(?:-(?:kontext|qwen|edit|rectified))*\.safetensors$/;
/** Some servers draw with a model in another way when its file name has such a word. */
const TELLING_WORDS = ['kontext', 'qwen', 'edit', 'rectified'];

/** Those of this process. */
const own = new Set<string>();

export class WorkFiles {
  readonly #settings: WorkFileSettings;
  readonly #prefix = `autombw-work-${ownerTag()}-${randomBytes(4).toString('hex')}`;
  readonly #suffix: string;
  /** Oldest first. */
  readonly #files: string[] = [];
  #count = 0;
  /** As they were at the first merge. */
  #stamp: readonly string[] | undefined;
  /** A second Ctrl-C leaves at once; gigabytes should not stay behind. */
  readonly #forget = atExit(() => void this.remove());

  constructor(settings: WorkFileSettings) {
    this.#settings = settings;
    const name = path.basename(settings.models[0] ?? '').toLowerCase();
    this.#suffix = TELLING_WORDS.filter((word) => name.includes(word))
      .map((word) => `-${word}`)
      .join('');
  }

  /**
   * @throws run error `models-changed` where a model is another file than at the first merge: blocks of both would be mixed, and scores are of
   * the one that was there
   */
  requireSameModels(): void {
    const { models } = this.#settings;
    const now = models.map(stampOf);
    this.#stamp ??= now;
    const changed = now.findIndex((stamp, i) => stamp !== this.#stamp?.[i]);
    if (changed === -1) return;
    throw runError(
      'models-changed',
      `${models[changed]} was replaced or written to during the run: restore the original file and resume, or start a new search.`,
      { endsRun: true },
    );
  }

  /** @returns the path of the merge, a name that never was before; @throws as `mergeCheckpoints` and {@link requireSameModels} */
  async write(merge: WorkMerge, signal: AbortSignal): Promise<string> {
    return this.#begin(async (output, old) => this.#merge(old, this.#settingsOf(merge, output), signal));
  }

  /**
   * The same with LoRAs baked in; nothing of an earlier one is used again.
   * @returns the path, a name that never was before; @throws as `bakeMerge` and {@link requireSameModels}
   */
  async writeBaked(merge: WorkMerge, loras: BakeSettings['loras'], signal: AbortSignal): Promise<string> {
    return this.#begin(async (output, old) => {
      if (old !== undefined) this.#delete(old);
      await this.bake({ ...this.#settingsOf(merge, output), alignment: undefined }, loras, { signal });
    });
  }

  /** A file that is kept: merged, and LoRAs baked in. @throws as `bakeMerge` and {@link requireSameModels} */
  async bake(
    merge: MergeSettings,
    loras: BakeSettings['loras'],
    watch: MergeWatch = {},
  ): Promise<BakeResult> {
    this.requireSameModels();
    const between = this.#newName();
    own.add(between);
    const forget = atExit(() => void this.#delete(between));
    try {
      return await bakeMerge({ merge, loras, between }, watch);
    } finally {
      forget();
      own.delete(between);
    }
  }

  /** Deletes all of them. @returns those that could not be deleted */
  remove(): readonly string[] {
    this.#forget();
    return this.#files.splice(0).filter((file) => !this.#delete(file));
  }

  #newName(): string {
    return path.join(this.#settings.folder, `${this.#prefix}-${++this.#count}${this.#suffix}.safetensors`);
  }

  #settingsOf(merge: WorkMerge, output: string): MergeSettings {
    return {
      ...merge,
      output,
      hashes: false,
      alignment: ALIGNMENT,
      // The same for all, or the length of the header would follow the name's.
      name: this.#prefix,
      sync: false,
    };
  }

  /** @param write the file, with one of earlier that may be changed or deleted. @returns the path */
  async #begin(write: (output: string, old: string | undefined) => Promise<void>): Promise<string> {
    this.requireSameModels();
    const output = this.#newName();
    // By now the server has model A selected, whatever a killed run had left there.
    if (this.#count === 1) for (const file of findAbandonedWork(this.#settings.folder)) this.#delete(file);
    const old = this.#files.length >= KEPT ? this.#files.shift() : undefined;
    own.add(output);
    try {
      await write(output, old);
    } catch (error) {
      own.delete(output);
      throw error;
    }
    this.#files.push(output);
    return output;
  }

  async #merge(old: string | undefined, settings: MergeSettings, signal: AbortSignal): Promise<void> {
    if (old !== undefined) {
      try {
        if ((await remergeBlocks(old, settings, { signal })) !== undefined) return;
      } catch (error) {
        // Somebody has it open after all, or took it away.
        if (!isExpected(error) || error.code !== 'output-lost') throw error;
      } finally {
        this.#delete(old);
      }
    }
    await mergeCheckpoints(settings, { signal });
  }

  #delete(file: string): boolean {
    try {
      fs.rmSync(file, { force: true });
      own.delete(file);
      return true;
    } catch {
      // Windows does not delete what is open; the next run finds it.
      return false;
    }
  }
}

/** Size and time; empty for a file that is not there, which whoever opens it says. */
function stampOf(file: string): string {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  return found === undefined ? '' : `${found.size}/${found.mtimeMs}`;
}

/** A title or file name: is it a work file of this or any other run? */
export function isWorkFile(title: string): boolean {
  return ownerOfWorkFile(title) !== undefined;
}

/** Who wrote the work file, as `ownerTag` says it; undefined for other files. */
export function ownerOfWorkFile(title: string): string | undefined {
  // A title has the folders below the checkpoint folder before it.
  const name = title.replace(/ \[[0-9a-f]+\]$/, '').replace(/^.*[\\/]/, '');
  return WORK_FILE.exec(name)?.[1];
}

/** Work files of killed runs in a checkpoint folder. */
export function findAbandonedWork(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder).flatMap((name) => {
    const owner = WORK_FILE.exec(name)?.[1];
    const file = path.join(folder, name);
    return owner !== undefined && !own.has(file) && isAbandoned(owner, file) ? [file] : [];
  });
}
