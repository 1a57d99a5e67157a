/** The pictures that people are asked about, beside the journal: by the hash of their pixels, so that a name says nothing else. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { keptImage } from '../../../images/kept-image.ts';
import { runError } from '../../../shared/errors.ts';
import { makeFolderLater } from '../../../shared/files/make-folder.ts';
import { replaceFileLater } from '../../../shared/files/replace-file.ts';
import { systemReason } from '../../../shared/system-error.ts';
import { extensionOf } from '../../command/image-folder.ts';

export class PictureFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  has(pixels: string): boolean {
    return keptImage(this.#folder, pixels) !== undefined;
  }

  /** @throws run error `rating-write` */
  async put(pixels: string, bytes: Uint8Array): Promise<void> {
    if (this.has(pixels)) return;
    try {
      await makeFolderLater(this.#folder);
      await replaceFileLater(path.join(this.#folder, `${pixels}${extensionOf(bytes)}`), bytes);
    } catch (cause) {
      throw runError(
        'rating-write',
        `An image for the page cannot be written to ${this.#folder} (${systemReason(cause)}).`,
        { cause, endsRun: true },
      );
    }
  }

  /** A file that refuses is left. */
  async remove(pixels: string): Promise<void> {
    const file = keptImage(this.#folder, pixels);
    if (file !== undefined) await rm(file, { force: true }).catch(() => undefined);
  }

  async clear(): Promise<void> {
    if (!existsSync(this.#folder)) return;
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
  }
}
