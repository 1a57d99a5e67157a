/** Keeps the pictures of a run beside its journal. Nothing waits for it, and a disk that refuses does not hurt the run. */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { SearchConfig } from '../config/schema.ts';
import { messageOf } from '../shared/errors.ts';
import type { FinishedTrial, ImageRequest, Picture } from '../types.ts';
import { codeOf } from '../shared/error-code.ts';
import { replaceFileLater } from '../shared/files/replace-file.ts';
import { pictureKey, pictureNames } from './names.ts';
import { formatOf, toWebp } from './webp.ts';
import { makeFolderLater } from '../shared/files/make-folder.ts';

export interface PictureKeeper {
  /**
   * Resolves at once, unless the disk is several iterations behind: memory has an end.
   * @param pictures by {@link pictureKey}
   */
  keep(trial: FinishedTrial, pictures: ReadonlyMap<string, Picture>, isBest: boolean): Promise<void>;
  /** They show another merge than their iteration says. */
  drop(trials: readonly number[]): void;
  /** Everything is on the disk, or given up. */
  flush(): Promise<void>;
}

export interface KeeperSettings {
  readonly folder: string;
  readonly requests: readonly ImageRequest[];
  readonly config: Pick<SearchConfig, 'saveImages' | 'imageFormat'>;
  /** Told once, when saving stops. */
  readonly onTrouble: (message: string) => void;
}

/** Iterations whose pictures may wait for the disk. */
const MOST_WAITING = 3;

export function createPictureKeeper({
  folder,
  requests,
  config: { saveImages, imageFormat },
  onTrouble,
}: KeeperSettings): PictureKeeper {
  const names = pictureNames(requests);
  let chain = Promise.resolve();
  let waiting = 0;
  let isStopped = saveImages === 'none';

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
          `Pictures are no longer kept: ${folder} cannot be written (${messageOf(error)}); the run goes on without.`,
        );
      } finally {
        waiting--;
      }
    });
  }

  async function writeTrial(trial: FinishedTrial, pictures: ReadonlyMap<string, Picture>): Promise<void> {
    await makeFolderLater(folder);
    for (const { request, index } of trial.images) {
      const key = pictureKey(request, index);
      const stem = names.stem(trial.id, key);
      const picture = pictures.get(key);
      if (stem === undefined || picture === undefined) continue;
      const { bytes, ending } = await encode(picture);
      await replaceFileLater(path.join(folder, stem + ending), bytes);
    }
  }

  async function encode({ bytes, reported }: Picture): Promise<{ bytes: Uint8Array; ending: string }> {
    const format = formatOf(bytes);
    if (imageFormat === 'webp' && format !== 'webp')
      return { bytes: await toWebp(bytes, reported.infotext), ending: '.webp' };
    return { bytes, ending: `.${format}` };
  }

  async function removeWhere(isGone: (trial: number) => boolean): Promise<void> {
    if (!existsSync(folder)) return;
    for (const file of await readdir(folder)) {
      const trial = names.trialOf(file);
      if (trial !== undefined && isGone(trial)) await rm(path.join(folder, file), { force: true });
    }
  }

  return {
    async keep(trial, pictures, isBest) {
      if (trial.images.length === 0 || (saveImages === 'best' && !isBest)) return;
      enqueue(async () => {
        await writeTrial(trial, pictures);
        if (saveImages === 'best') await removeWhere((other) => other !== trial.id);
      });
      if (waiting > MOST_WAITING) await chain;
    },
    drop(trials) {
      enqueue(async () => removeWhere((trial) => trials.includes(trial)));
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
