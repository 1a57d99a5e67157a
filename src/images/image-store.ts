/** Keeps the images of a run beside its journal. Nothing waits for it, and a disk that refuses does not hurt the run: see disk-queue.ts. */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { SearchConfig } from '../config/schema.ts';
import { untilAborted } from '../shared/abort/on-abort.ts';
import type { EncodedImage, FinishedTrial, ImageRecord, ImageRequest } from '../types.ts';
import { clearLeftovers } from '../shared/files/clear-leftovers.ts';
import { replaceFileLater } from '../shared/files/replace-file.ts';
import { DiskQueue } from './disk-queue.ts';
import { encodeKept } from './encode-kept.ts';
import { keptImage } from './kept-image.ts';
import { IMAGE_ENDINGS, imageKey, imageNames } from './names.ts';
import type { WaitingImage, WaitingImages } from './waiting-images.ts';
import { makeFolderLater } from '../shared/files/make-folder.ts';
import { createController } from '../shared/abort/create-controller.ts';

export interface ImageStore {
  /** An image of a trial that is being measured: it is there to be looked at as soon as the disk has it. */
  arrive(trial: number, image: Pick<ImageRecord, 'request' | 'index'>, file: EncodedImage): void;
  /** One has come, and nobody has looked at it. */
  receive(trial: number, image: WaitingImage): void;
  /** What an earlier session had drawn of it and not scored. @throws the signal's reason */
  waiting(trial: number, signal: AbortSignal): Promise<WaitingImage[]>;
  /** Nothing that is not scored yet is to be trusted, whichever trial it is of. To be called before that is recorded. */
  distrust(): void;
  /** What has arrived so far is on the disk, or given up; a disk that hangs is waited for {@link PATIENCE_MS} at the most. */
  arrived(): Promise<void>;
  /** An image of a trial that is still measured is in the journal: its file stays, also where the session ends before the trial does. */
  recorded(trial: number, image: Pick<ImageRecord, 'request' | 'index'>): void;
  /** What has arrived of this trial is worth nothing. */
  forget(trial: number): void;
  /**
   * An earlier session was killed while these were measured: what it has of them beside their images goes, and so does any file
   * that it did not finish.
   */
  tidy(trials: readonly UnfinishedImages[]): void;
  /**
   * Where not all are kept, those of this trial stay until the next one has its own, unless they are wanted. Resolves at once, unless the disk is several iterations behind: memory has an end.
   * @param images by {@link imageKey}
   * @param kept trials whose images are wanted still: where not all are kept, those of all others are removed
   */
  keep(
    trial: FinishedTrial,
    images: ReadonlyMap<string, EncodedImage>,
    kept: readonly number[],
  ): Promise<void>;
  /** The session is over: what belongs to no record is removed, and where not all are kept, those of all other trials. */
  settle(kept: readonly number[]): void;
  /** They show another merge than their iteration says. */
  drop(trials: readonly number[]): void;
  /** How many of its images should be on the disk by now and are not; none where none are kept or that was said before. */
  lost(trial: Pick<FinishedTrial, 'id' | 'images'>): Promise<number>;
  /** Everything is on the disk, or given up. */
  flush(): Promise<void>;
}

/** A trial that an earlier session had begun to measure, or to give more images. */
export interface UnfinishedImages extends Pick<FinishedTrial, 'id' | 'images'> {
  /** Recorded one by one, while it was measured. */
  readonly drawn: readonly Pick<ImageRecord, 'request' | 'index'>[];
}

export interface ImageStoreSettings {
  readonly folder: string;
  /** Where images lie that are not scored yet. */
  readonly waiting: WaitingImages;
  readonly requests: readonly ImageRequest[];
  readonly config: Pick<SearchConfig, 'saveImages' | 'imageFormat'>;
  /** See {@link DiskQueue}. */
  readonly onTrouble: (message: string) => void;
}

/** Iterations whose images may wait for the disk. */
const MOST_WAITING = 3;
/** Images that may wait for it before their iteration is finished: others are written then. */
const MOST_ARRIVING = 64;
/** Milliseconds. */
const PATIENCE_MS = 2000;

const OF_TRIAL = 'trial-';

function ownerOf(trial: number): string {
  return `${OF_TRIAL}${trial}`;
}

function isOfTrial(owner: string): boolean {
  return owner.startsWith(OF_TRIAL);
}

export function createImageStore({
  folder,
  waiting: unscored,
  requests,
  config: { saveImages, imageFormat },
  onTrouble,
}: ImageStoreSettings): ImageStore {
  const names = imageNames(requests);
  const queue = new DiskQueue({ folder, onTrouble });
  let waiting = 0;
  let arriving = 0;
  /** By trial that is being measured: images that are on the disk, or are going there, and in no record yet. */
  const loose = new Map<number, Set<string>>();
  /** By trial that is being measured: images that are in the journal one by one. */
  const recorded = new Map<number, Set<string>>();
  /** The trial that was finished last: people look at it. */
  let latest: number | undefined;
  const isNone = saveImages === 'none';
  // Of a run that was carried here without its images, none is missed.
  const isMissed = existsSync(folder);

  /** One after the other: a later best is never removed by an earlier one. */
  function enqueue(work: () => Promise<void>, images: Iterable<EncodedImage> = [], done?: () => void): void {
    if (isNone) return;
    const bytes = Array.from(images, (image) => image.bytes.length);
    queue.add({ act: work, images: bytes, ...(done !== undefined && { done }) });
  }

  async function write(stem: string, image: EncodedImage): Promise<void> {
    const { bytes, ending } = await encodeKept(image, imageFormat);
    await makeFolderLater(folder);
    await replaceFileLater(path.join(folder, stem + ending), bytes);
  }

  /** By stem. @param there are on the disk by now */
  function newImages(
    trial: FinishedTrial,
    images: ReadonlyMap<string, EncodedImage>,
    there: ReadonlySet<string>,
  ): ReadonlyMap<string, EncodedImage> {
    const found = new Map<string, EncodedImage>();
    for (const { request, index } of trial.images) {
      const key = imageKey(request, index);
      const stem = names.stem(trial.id, key);
      const image = images.get(key);
      if (stem !== undefined && image !== undefined && !there.has(stem)) found.set(stem, image);
    }
    return found;
  }

  /** What of a trial is in no record, from here on: nothing. */
  function takeLoose(trial: number): ReadonlySet<string> {
    const stems = loose.get(trial) ?? new Set();
    loose.delete(trial);
    return stems;
  }

  function takeRecorded(trial: number): ReadonlySet<string> {
    const stems = recorded.get(trial) ?? new Set();
    recorded.delete(trial);
    return stems;
  }

  function stemsOf(
    id: number,
    images: readonly Pick<ImageRecord, 'request' | 'index'>[],
  ): ReadonlySet<string> {
    return new Set(images.flatMap(({ request, index }) => names.stem(id, imageKey(request, index)) ?? []));
  }

  function clearOf(trials: readonly number[]): void {
    const owners = new Set(trials.map(ownerOf));
    unscored.clear((owner) => owners.has(owner));
  }

  async function remove(stems: Iterable<string>): Promise<void> {
    for (const stem of stems)
      for (const ending of IMAGE_ENDINGS) await rm(path.join(folder, stem + ending), { force: true });
  }

  /** Where not all are kept. @param kept beside those that people look at just now */
  async function removeOthers(kept: readonly number[]): Promise<void> {
    if (saveImages === 'best')
      await removeWhere(
        (trial) => !kept.includes(trial) && trial !== latest && !loose.has(trial) && !recorded.has(trial),
      );
  }

  async function removeWhere(isGone: (trial: number, stem: string) => boolean): Promise<void> {
    if (!existsSync(folder)) return;
    for (const file of await readdir(folder)) {
      const trial = names.trialOf(file);
      if (trial !== undefined && isGone(trial, path.parse(file).name))
        await rm(path.join(folder, file), { force: true });
    }
  }

  return {
    waiting: async (trial, signal) => unscored.of(ownerOf(trial), signal),
    distrust: () => unscored.clear(isOfTrial),
    receive: (trial, image) => unscored.put(ownerOf(trial), image),
    arrive(trial, { request, index }, file) {
      const stem = names.stem(trial, imageKey(request, index));
      if (isNone || stem === undefined || arriving >= MOST_ARRIVING) return;
      const own = loose.get(trial) ?? new Set<string>();
      loose.set(trial, own.add(stem));
      arriving++;
      enqueue(
        async () => write(stem, file),
        [file],
        () => arriving--,
      );
    },
    async arrived() {
      if (arriving === 0) return;
      const leaving = createController();
      const timer = setTimeout(() => leaving.abort(), PATIENCE_MS);
      await Promise.race([queue.settled(), untilAborted(leaving.signal)]);
      clearTimeout(timer);
      leaving.abort();
    },
    recorded(trial, { request, index }) {
      unscored.remove(ownerOf(trial), { request, index });
      const stem = names.stem(trial, imageKey(request, index));
      // One that is to be written with its trial is not there yet.
      if (stem === undefined || loose.get(trial)?.delete(stem) !== true) return;
      recorded.set(trial, (recorded.get(trial) ?? new Set<string>()).add(stem));
    },
    forget(trial) {
      clearOf([trial]);
      const stems = new Set([...takeLoose(trial), ...takeRecorded(trial)]);
      if (stems.size > 0) enqueue(async () => remove(stems));
    },
    tidy(trials) {
      const begun = new Set(trials.map(({ id }) => ownerOf(id)));
      unscored.clear((owner) => isOfTrial(owner) && !begun.has(owner));
      const known = new Map<number, ReadonlySet<string>>();
      for (const { id, images, drawn } of trials) {
        known.set(id, stemsOf(id, [...images, ...drawn]));
        if (drawn.length > 0) recorded.set(id, new Set(stemsOf(id, drawn)));
      }
      if (isMissed)
        enqueue(async () => {
          await clearLeftovers(folder);
          if (known.size > 0)
            await removeWhere((trial, stem) => known.has(trial) && known.get(trial)?.has(stem) !== true);
        });
    },
    async keep(trial, images, kept) {
      clearOf([trial.id]);
      if (isNone) return;
      const there = new Set([...takeLoose(trial.id), ...takeRecorded(trial.id)]);
      const own = stemsOf(trial.id, trial.images);
      const lost = [...there].filter((stem) => !own.has(stem));
      if (lost.length > 0) enqueue(async () => remove(lost));
      if (own.size === 0) return;
      latest = trial.id;
      const isKept = saveImages === 'all' || kept.includes(trial.id);
      const fresh = isKept ? newImages(trial, images, there) : new Map<string, EncodedImage>();
      waiting++;
      enqueue(
        async () => {
          for (const [stem, image] of fresh) await write(stem, image);
          await removeOthers(kept);
        },
        fresh.values(),
        () => waiting--,
      );
      if (waiting > MOST_WAITING) await queue.settled();
    },
    settle(kept) {
      const left = [...loose.keys()].flatMap((trial) => [...takeLoose(trial)]);
      latest = undefined;
      enqueue(async () => {
        await remove(left);
        await removeOthers(kept);
      });
    },
    drop(trials) {
      clearOf(trials);
      for (const trial of trials) {
        takeLoose(trial);
        takeRecorded(trial);
      }
      enqueue(async () => removeWhere((trial) => trials.includes(trial)));
    },
    async lost({ id, images }) {
      await queue.settled();
      if (isNone || queue.hasRefused || !isMissed) return 0;
      return images.filter(({ request, index }) => {
        const stem = names.stem(id, imageKey(request, index));
        return stem !== undefined && keptImage(folder, stem) === undefined;
      }).length;
    },
    flush: async () => queue.flush(),
  };
}
