/** Keeps the images of a proof beside the journal, so that another scorer can judge them later without a server. */
import { copyFile, link, rm } from 'node:fs/promises';
import path from 'node:path';
import type { SearchConfig } from '../config/schema.ts';
import { makeFolderLater } from '../shared/files/make-folder.ts';
import { replaceFileLater } from '../shared/files/replace-file.ts';
import { sha256OfBytes } from '../shared/hashes/sha256.ts';
import { isSystemError } from '../shared/system-error.ts';
import { DiskQueue } from './disk-queue.ts';
import type { EncodedImage, ImageRecord } from '../types.ts';
import { encodeKept } from './encode-kept.ts';
import type { WaitingImage, WaitingImages } from './waiting-images.ts';
import { imageKey, proofImageStem, type ProofImages } from './names.ts';

export interface ProofStoreSettings {
  readonly folder: string;
  /** Where images lie that are not scored yet. */
  readonly waiting: WaitingImages;
  readonly config: Pick<SearchConfig, 'saveImages' | 'imageFormat'>;
  /** See {@link DiskQueue}. */
  readonly onTrouble: (message: string) => void;
}

export interface ProofStore {
  /** An image has come, and is not scored yet. */
  receive(proof: ProofImages, candidate: string, image: WaitingImage): void;
  /** What an earlier session had drawn of a candidate and not scored. @throws the signal's reason */
  waiting(proof: ProofImages, candidate: string, signal: AbortSignal): Promise<WaitingImage[]>;
  /** It is in the journal. */
  recorded(proof: ProofImages, candidate: string, image: Pick<ImageRecord, 'request' | 'index'>): void;
  /** Nothing of a candidate waits to be scored any more. To be called before it is taken back. */
  forget(proof: ProofImages, candidate: string): void;
  /** Never throws: a proof without its images is one. @param files by `imageKey`: bytes, or a file that holds them */
  keep(
    proof: ProofImages,
    candidate: string,
    images: readonly ImageRecord[],
    files: ReadonlyMap<string, EncodedImage | string>,
  ): Promise<void>;
  /** No more come: what the disk has refused is tried for the last time. */
  flush(): Promise<void>;
}

export function createProofStore({ folder, waiting, config, onTrouble }: ProofStoreSettings): ProofStore {
  const queue = new DiskQueue({ folder, onTrouble });
  /** Pixels by file without its ending: what this process has written is not written again. */
  const written = new Map<string, string>();
  const write = async (stem: string, file: EncodedImage | string): Promise<void> => {
    await makeFolderLater(folder);
    if (typeof file === 'string') {
      await linkAs(file, path.join(folder, stem + path.extname(file)));
      return;
    }
    const { bytes, ending } = await encodeKept(file, config.imageFormat);
    await replaceFileLater(path.join(folder, stem + ending), bytes);
  };
  return {
    receive: (proof, candidate, image) => waiting.put(ownerOf(proof, candidate), image),
    waiting: async (proof, candidate, signal) => waiting.of(ownerOf(proof, candidate), signal),
    recorded: (proof, candidate, image) => waiting.remove(ownerOf(proof, candidate), image),
    forget: (proof, candidate) => waiting.clear((owner) => owner === ownerOf(proof, candidate)),
    async keep(proof, candidate, images, files) {
      if (config.saveImages === 'none') return;
      for (const image of images) {
        const stem = proofImageStem(proof, candidate, image);
        const file = files.get(imageKey(image.request, image.index));
        if (stem === undefined || file === undefined || written.get(stem) === image.pixels) continue;
        queue.add({
          act: async () => {
            await write(stem, file);
            if (typeof file !== 'string') written.set(stem, image.pixels);
          },
          images: [typeof file === 'string' ? 0 : file.bytes.length],
        });
      }
      await queue.settled();
    },
    flush: async () => queue.flush(),
  };
}

/** Names of candidates are anything. */
function ownerOf({ proof }: Pick<ProofImages, 'proof'>, candidate: string): string {
  return `proof-${proof}-${sha256OfBytes(Buffer.from(candidate)).slice(0, 12)}`;
}

/** The same file under another name; a copy where the disk knows no links. */
async function linkAs(file: string, name: string): Promise<void> {
  if (file === name) return;
  await rm(name, { force: true });
  try {
    await link(file, name);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    await copyFile(file, name);
  }
}
