/**
 * Finished images of trials that are not recorded yet. An image lies here once, whoever made it and however often it was
 * asked for; a coordinator that was killed finds it again.
 */
import type { Redis } from 'ioredis';
import type { QueueConnection } from './connection.ts';
import type { BlockWeights, EncodedImage, ImageRecord } from '../types.ts';
import { imageKey } from '../images/names.ts';
import type { ImageRef } from '../trial/evaluator.ts';
import { parsed, shelvedImageSchema, type ShelvedImage } from './contract.ts';
import { KEPT_MS, shortHash, type RunKeys } from './keys.ts';

/** Bytes of a file that may cross: a PNG of 4096 × 4096 pixels has fewer. */
export const LARGEST_FILE = 64 * 1024 * 1024;

export interface ShelvedTrial {
  readonly set: string;
  readonly pixelGroup: string;
  readonly trial: number;
  readonly weights: BlockWeights;
}

export interface TakenImage extends Pick<ShelvedImage, 'isScored'> {
  readonly record: ImageRecord;
  readonly file: EncodedImage;
}

export class Shelf {
  readonly #connection: Pick<QueueConnection, 'persist'>;
  readonly #redis: Redis;
  readonly #keys: RunKeys;

  constructor(connection: Pick<QueueConnection, 'redis' | 'persist'>, keys: RunKeys) {
    this.#connection = connection;
    this.#redis = connection.redis;
    this.#keys = keys;
  }

  /** Where images of the trial lie now. */
  async place(trial: ShelvedTrial): Promise<string> {
    return placeOf(trial, Number((await this.#redis.hget(this.#keys.rounds, baseOf(trial))) ?? 0));
  }

  /** Its images cannot be right: whoever still makes one of them puts it where nobody looks. @returns the new place */
  async discard(trial: ShelvedTrial): Promise<string> {
    const base = baseOf(trial);
    const round = await this.#connection.persist(async () => this.#redis.hincrby(this.#keys.rounds, base, 1));
    await this.#redis.unlink(this.#keys.shelf(placeOf(trial, round - 1)));
    return placeOf(trial, round);
  }

  /**
   * The first one counts. A Redis that is full is waited for.
   * @param bytes null where the file is too large to cross
   * @param signal aborted when it is not waited for any longer
   * @throws run error `queue-refuses` then
   */
  async put(
    place: string,
    image: ShelvedImage,
    bytes: Uint8Array | null,
    signal: AbortSignal,
  ): Promise<void> {
    const key = this.#keys.shelf(place);
    const { request, index } = image.record;
    const field = imageKey(request, index);
    await this.#connection.persist(async () => {
      const results = await this.#redis
        .multi()
        .hsetnx(key, `file ${field}`, bytes === null ? '' : Buffer.from(bytes))
        .hsetnx(key, `image ${field}`, JSON.stringify(image))
        .pexpire(key, KEPT_MS)
        .exec();
      const failure = results?.find(([error]) => error !== null)?.[0];
      if (failure != null) throw failure;
    }, signal);
  }

  /** Keys of the images that are there. */
  async present(place: string): Promise<Set<string>> {
    const fields = await this.#redis.hkeys(this.#keys.shelf(place));
    return new Set(
      fields.filter((field) => field.startsWith('image ')).map((field) => field.slice('image '.length)),
    );
  }

  /** @returns undefined where it is not there, or is not what it must be */
  async take(place: string, request: string, index: number): Promise<TakenImage | undefined> {
    const field = imageKey(request, index);
    const [image, bytes] = await this.#redis.hmgetBuffer(
      this.#keys.shelf(place),
      `image ${field}`,
      `file ${field}`,
    );
    const known = parsed(shelvedImageSchema, image?.toString());
    if (known?.record.request !== request || known.record.index !== index) return undefined;
    return { ...known, file: { bytes: bytes ?? new Uint8Array(), infotext: known.infotext } };
  }

  /** Whoever asked for the image has its file on the disk: that it was made is all that must be known here. */
  async dropFile(place: string, { request, index }: ImageRef): Promise<void> {
    const key = this.#keys.shelf(place);
    // A Redis that is full lets fields be removed, and takes none, be it shorter.
    await this.#redis
      .multi()
      .hdel(key, `file ${imageKey(request, index)}`)
      .pexpire(key, KEPT_MS)
      .exec();
  }

  /** The trial is in the journal. */
  async clear(trial: ShelvedTrial): Promise<void> {
    await this.#redis.unlink(this.#keys.shelf(await this.place(trial)));
  }
}

/** Other weights under the same number (a candidate of a proof) lie elsewhere, and so do images of other pixels. */
function baseOf({ set, pixelGroup, trial, weights }: ShelvedTrial): string {
  return `${pixelGroup}-${set}-${trial}-${shortHash(weights)}`;
}

function placeOf(trial: ShelvedTrial, round: number): string {
  return `${baseOf(trial)}-${round}`;
}
