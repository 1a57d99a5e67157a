/** Small copies of kept pictures: few are made at a time, so that the run keeps its processors, and the last ones stay in memory. */
import { stat } from 'node:fs/promises';
import { LARGEST_IMAGE, smallWebp } from '../../images/decode.ts';
import { readRegularFile } from '../../shared/files/read-file.ts';

/** Pixels of the longer side. */
const SMALL = 320;
const QUALITY = 78;
const AT_A_TIME = 2;
/** Bytes of those that stay in memory: about 3000. */
const MOST_BYTES = 32e6;

export class Thumbnails {
  /** The one that was asked for last is the last. */
  readonly #made = new Map<string, Buffer>();
  readonly #making = new Map<string, Promise<Buffer>>();
  readonly #waiting: (() => void)[] = [];
  #bytes = 0;
  #busy = 0;

  /**
   * As WebP. @param isWanted asked again when its turn comes: whoever scrolls on does not wait for it any more
   * @throws whatever reading and decoding throw; an error for one that is not wanted any more
   */
  async of(file: string, isWanted: () => boolean = () => true): Promise<Buffer> {
    const { mtimeMs, size } = await stat(file);
    const key = `${file}\n${mtimeMs}\n${size}`;
    const known = this.#made.get(key);
    if (known !== undefined) {
      this.#made.delete(key);
      this.#made.set(key, known);
      return known;
    }
    const shared = this.#making.get(key);
    if (shared === undefined) {
      const making = this.#make(key, file, isWanted).finally(() => this.#making.delete(key));
      this.#making.set(key, making);
      return making;
    }
    try {
      return await shared;
    } catch (error) {
      // Whoever asked first may have gone.
      if (!isWanted()) throw error;
      return this.of(file, isWanted);
    }
  }

  async #make(key: string, file: string, isWanted: () => boolean): Promise<Buffer> {
    if (this.#busy >= AT_A_TIME) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#busy++;
    try {
      if (!isWanted()) throw new Error('nobody waits for it any more');
      const bytes = await readRegularFile(file, { limit: LARGEST_IMAGE });
      const small = await smallWebp(bytes, SMALL, QUALITY);
      this.#keep(key, small);
      return small;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy--;
      else next();
    }
  }

  #keep(key: string, small: Buffer): void {
    this.#made.set(key, small);
    this.#bytes += small.length;
    for (const [oldest, { length }] of this.#made) {
      if (this.#bytes <= MOST_BYTES) return;
      this.#made.delete(oldest);
      this.#bytes -= length;
    }
  }
}

/** Of all pages of this process. */
export const thumbnails = new Thumbnails();
