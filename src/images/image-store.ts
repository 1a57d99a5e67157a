/** Keeps the images of a run beside its journal. Nothing waits for it, and a disk that refuses does not hurt the run. */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { SearchConfig } from '../config/schema.ts';
import { messageOf } from '../shared/errors.ts';
import type { EncodedImage, FinishedTrial, ImageRequest } from '../types.ts';
import { codeOf } from '../shared/system-error.ts';
import { replaceFileLater } from '../shared/files/replace-file.ts';
import { encodeKept } from './encode-kept.ts';
import { keptImage } from './kept-image.ts';
import { imageKey, imageNames } from './names.ts';
import { makeFolderLater } from '../shared/files/make-folder.ts';

export interface ImageStore {
  /**
   * Resolves at once, unless the disk is several iterations behind: memory has an end.
   * @param images by {@link imageKey}
   * @param kept trials whose images are wanted still: where not all are kept, those of all others are removed
   */
  keep(
    trial: FinishedTrial,
    images: ReadonlyMap<string, EncodedImage>,
    kept: readonly number[],
  ): Promise<void>;
  /** The run is over: where not all are kept, those of all other trials are removed. */
  settle(kept: readonly number[]): void;
  /** They show another merge than their iteration says. */
  drop(trials: readonly number[]): void;
  /** How many of its images should be on the disk by now and are not; none where none are kept or that was said before. */
  lost(trial: Pick<FinishedTrial, 'id' | 'images'>): Promise<number>;
  /** Everything is on the disk, or given up. */
  flush(): Promise<void>;
}

export interface ImageStoreSettings {
  readonly folder: string;
  readonly requests: readonly ImageRequest[];
  readonly config: Pick<SearchConfig, 'saveImages' | 'imageFormat'>;
  /** Told once, when saving stops. */
  readonly onTrouble: (message: string) => void;
}

/** Iterations whose images may wait for the disk. */
const MOST_WAITING = 3;

export function createImageStore({
  folder,
  requests,
  config: { saveImages, imageFormat },
  onTrouble,
}: ImageStoreSettings): ImageStore {
  const names = imageNames(requests);
  let chain = Promise.resolve();
  let waiting = 0;
  let isStopped = saveImages === 'none';
  // Of a run that was carried here without its images, none is missed.
  const isMissed = existsSync(folder);

  /** One after the other: a later best is never removed by an earlier one. */
  function enqueue(work: () => Promise<void>): void {
    if (isStopped) return;
    waiting++;
    chain = chain.then(async () => {
      try {
        if (!isStopped) await twice(work);
      } catch (error) {
        isStopped = true;
        onTrouble(
          `Images are no longer kept: ${folder} cannot be written (${messageOf(error)}); the run goes on without.`,
        );
      } finally {
        waiting--;
      }
    });
  }

  async function writeTrial(trial: FinishedTrial, images: ReadonlyMap<string, EncodedImage>): Promise<void> {
    await makeFolderLater(folder);
    for (const { request, index } of trial.images) {
      const key = imageKey(request, index);
      const stem = names.stem(trial.id, key);
      const image = images.get(key);
      if (stem === undefined || image === undefined) continue;
      const { bytes, ending } = await encodeKept(image, imageFormat);
      await replaceFileLater(path.join(folder, stem + ending), bytes);
    }
  }

  async function removeWhere(isGone: (trial: number) => boolean): Promise<void> {
    if (!existsSync(folder)) return;
    for (const file of await readdir(folder)) {
      const trial = names.trialOf(file);
      if (trial !== undefined && isGone(trial)) await rm(path.join(folder, file), { force: true });
    }
  }

  return {
    async keep(trial, images, kept) {
      if (trial.images.length === 0 || (saveImages === 'best' && !kept.includes(trial.id))) return;
      enqueue(async () => {
        await writeTrial(trial, images);
        if (saveImages === 'best') await removeWhere((other) => !kept.includes(other));
      });
      if (waiting > MOST_WAITING) await chain;
    },
    settle(kept) {
      if (saveImages === 'best') enqueue(async () => removeWhere((other) => !kept.includes(other)));
    },
    drop(trials) {
      enqueue(async () => removeWhere((trial) => trials.includes(trial)));
    },
    async lost({ id, images }) {
      await chain;
      if (isStopped || !isMissed) return 0;
      return images.filter(({ request, index }) => {
        const stem = names.stem(id, imageKey(request, index));
        return stem !== undefined && keptImage(folder, stem) === undefined;
      }).length;
    },
    flush: async () => chain,
  };
}

/** The folder may be removed between its making and its filling: it is made once more. */
async function twice(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    await work();
  }
}
