/**
 * Work on a disk, one piece after the other, that never hurts the run. What the disk refuses is held, and tried again before
 * whatever comes next: a disk that was full for an hour has lost nothing that memory could hold.
 */
import { counted } from '../shared/counted.ts';
import { codeOf, isSystemError, systemReason } from '../shared/system-error.ts';

export interface DiskWork {
  /** May be carried out again, also when it had been carried out in part. */
  readonly act: () => Promise<void>;
  /** Bytes of each image that it writes. */
  readonly images?: readonly number[];
  /** The disk has done it, or has refused it once. */
  readonly done?: () => void;
}

export interface DiskQueueSettings {
  readonly folder: string;
  /** Told when the disk begins to refuse, when it takes everything again, and at the end what it has not taken. */
  readonly onTrouble: (message: string) => void;
  /** Bytes of images that wait for the disk at the most; beyond them the oldest ones are given up. */
  readonly mostBytes?: number;
}

const MOST_BYTES = 256 * 2 ** 20;
/** Pieces of work that wait: most of them remove something. */
const MOST_HELD = 2000;

export class DiskQueue {
  readonly #folder: string;
  readonly #onTrouble: (message: string) => void;
  readonly #mostBytes: number;
  #chain = Promise.resolve();
  #held: DiskWork[] = [];
  #heldBytes = 0;
  #givenUp = 0;
  #isRefusing = false;
  #hasRefused = false;

  constructor({ folder, onTrouble, mostBytes = MOST_BYTES }: DiskQueueSettings) {
    this.#folder = folder;
    this.#onTrouble = onTrouble;
    this.#mostBytes = mostBytes;
  }

  /** The disk has refused something since this process began. */
  get hasRefused(): boolean {
    return this.#hasRefused;
  }

  add(work: DiskWork): void {
    this.#chain = this.#chain.then(async () => {
      try {
        // Their order counts: a later work may remove what an earlier one writes.
        if (await this.#retry()) await this.#carryOut(work);
        else this.#hold(work);
      } finally {
        work.done?.();
      }
    });
  }

  /** Everything that was added is carried out, or refused. */
  async settled(): Promise<void> {
    return this.#chain;
  }

  /** The last chance of what was refused; what is refused again is told and given up. */
  async flush(): Promise<void> {
    this.#chain = this.#chain.then(async () => {
      if (await this.#retry()) return;
      for (const work of this.#held.splice(0)) this.#givenUp += imagesOf(work);
      this.#heldBytes = 0;
      if (this.#givenUp > 0)
        this.#onTrouble(`${counted(this.#givenUp, 'image')} could not be written to ${this.#folder}.`);
      this.#givenUp = 0;
    });
    return this.#chain;
  }

  /** @returns whether nothing is held any more */
  async #retry(): Promise<boolean> {
    for (let [work] = this.#held; work !== undefined; [work] = this.#held) {
      try {
        await twice(work.act);
      } catch (error) {
        if (mayPass(error)) return false;
        this.#tell(error);
        this.#givenUp += imagesOf(work);
      }
      this.#held.shift();
      this.#heldBytes -= bytesOf(work);
    }
    if (this.#isRefusing) {
      const lost =
        this.#givenUp === 0 ? '' : `; ${counted(this.#givenUp, 'image')} could not be saved in the meantime`;
      this.#onTrouble(`Images can be written to ${this.#folder} again${lost}.`);
      this.#isRefusing = false;
      this.#givenUp = 0;
    }
    return true;
  }

  async #carryOut(work: DiskWork): Promise<void> {
    try {
      await twice(work.act);
    } catch (error) {
      this.#tell(error);
      if (mayPass(error)) this.#hold(work);
      else this.#givenUp += imagesOf(work);
    }
  }

  #hold(work: DiskWork): void {
    this.#held.push(work);
    this.#heldBytes += bytesOf(work);
    while (this.#heldBytes > this.#mostBytes || this.#held.length > MOST_HELD) {
      const oldest = this.#heldBytes > this.#mostBytes ? this.#held.findIndex((one) => imagesOf(one) > 0) : 0;
      const [given] = this.#held.splice(oldest, 1);
      if (given === undefined) return;
      this.#heldBytes -= bytesOf(given);
      this.#givenUp += imagesOf(given);
    }
  }

  #tell(error: unknown): void {
    this.#hasRefused = true;
    if (this.#isRefusing) return;
    this.#isRefusing = true;
    this.#onTrouble(
      `Cannot write images to ${this.#folder} (${systemReason(error)}); the run continues, and they will be written once the disk accepts them.`,
    );
  }
}

/** What is wrong with one file is not tried again: everything behind it would wait. */
const OF_ONE_FILE: ReadonlySet<string | undefined> = new Set(['EISDIR', 'EINVAL', 'ENAMETOOLONG', 'ENOENT']);

function mayPass(error: unknown): boolean {
  return isSystemError(error) && !OF_ONE_FILE.has(codeOf(error));
}

function imagesOf({ images = [] }: DiskWork): number {
  return images.length;
}

function bytesOf({ images = [] }: DiskWork): number {
  return images.reduce((sum, bytes) => sum + bytes, 0);
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
