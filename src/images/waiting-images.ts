/**
 * Images that have come and are not scored yet, as they came. A scorer may be slower than the server that draws, and people are: whatever
 * ends the session, the next one scores them instead of having them drawn again. Only what is scored goes into the journal, so they
 * lie beside it until then, one file each: a line of JSON, and the bytes that the server sent.
 */
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { sha256OfBytes } from '../shared/hashes/sha256.ts';
import { makeFolder } from '../shared/files/make-folder.ts';
import { replaceFile } from '../shared/files/replace-file.ts';
import { isReadFailure, readRegularFile } from '../shared/files/read-file.ts';
import { parseJson } from '../shared/parse-json.ts';
import { isSystemError } from '../shared/system-error.ts';
import type { ReceivedImage, EncodedImage } from '../types.ts';
import { LARGEST_IMAGE } from './decode.ts';
import { imageKey } from './names.ts';

export interface WaitingImage {
  readonly image: ReceivedImage;
  readonly file: EncodedImage;
  /** That of the server that drew it. */
  readonly pixelGroup: string;
}

const head = z.object({
  image: z.object({
    request: z.string(),
    index: z.int().min(0),
    seconds: z.number(),
  }),
  infotext: z.string().nullable(),
  pixelGroup: z.string(),
  /** SHA-256 of the bytes, in hex. */
  sha256: z.string(),
});

const SUFFIX = '.image';
/** A line of JSON: infotexts of long prompts are some kilobytes. */
const LARGEST_HEAD = 2 ** 20;

/**
 * Written at once, for what takes images back must find no write on its way. It is all insurance: a disk that refuses costs an
 * image at the most, and only if the session then ends before it is scored.
 */
export class WaitingImages {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param owner of letters, digits and hyphens */
  put(owner: string, { image, file: { bytes, infotext }, pixelGroup }: WaitingImage): void {
    const { request, index, seconds } = image;
    const line = JSON.stringify({
      image: { request, index, seconds },
      infotext,
      pixelGroup,
      sha256: sha256OfBytes(bytes),
    });
    unlessRefused(() => {
      makeFolder(this.#folder);
      replaceFile(this.#fileOf(owner, image), Buffer.concat([Buffer.from(`${line}\n`), bytes]));
    });
  }

  /** It is scored, and in the journal. */
  remove(owner: string, image: Pick<ReceivedImage, 'request' | 'index'>): void {
    unlessRefused(() => fs.rmSync(this.#fileOf(owner, image), { force: true }));
  }

  /** All of an owner that is wanted no more. The folder goes with the last one. */
  clear(isGone: (owner: string) => boolean): void {
    unlessRefused(() => {
      const files = this.#files();
      if (files === undefined) return;
      const gone = files.filter((file) => isGone(ownerOf(file)));
      for (const file of gone) fs.rmSync(path.join(this.#folder, file), { force: true });
      if (gone.length === files.length) fs.rmdirSync(this.#folder);
    });
  }

  /** In the order in which they came; what is damaged is not among them. @throws the signal's reason */
  async of(owner: string, signal: AbortSignal): Promise<WaitingImage[]> {
    const own = (this.#files() ?? []).filter((file) => file.endsWith(SUFFIX) && ownerOf(file) === owner);
    const read: { readonly waiting: WaitingImage; readonly at: number }[] = [];
    for (const name of own) {
      const file = path.join(this.#folder, name);
      const waiting = await readWaiting(file, signal);
      if (waiting !== undefined)
        read.push({ waiting, at: fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 });
    }
    return read.toSorted((one, other) => one.at - other.at).map(({ waiting }) => waiting);
  }

  #files(): string[] | undefined {
    try {
      return fs.readdirSync(this.#folder);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return undefined;
    }
  }

  #fileOf(owner: string, { request, index }: Pick<ReceivedImage, 'request' | 'index'>): string {
    const key = sha256OfBytes(Buffer.from(imageKey(request, index))).slice(0, 16);
    return path.join(this.#folder, `${owner}.${key}${SUFFIX}`);
  }
}

function ownerOf(file: string): string {
  return file.slice(0, Math.max(0, file.indexOf('.')));
}

async function readWaiting(file: string, signal: AbortSignal): Promise<WaitingImage | undefined> {
  let content: Buffer;
  try {
    content = await readRegularFile(file, { limit: LARGEST_IMAGE + LARGEST_HEAD, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isReadFailure(error)) return undefined;
    throw error;
  }
  const end = content.indexOf('\n');
  const parsed = head.safeParse(parseJson(content.subarray(0, Math.max(0, end)).toString('utf8')));
  if (!parsed.success) return undefined;
  const { image, infotext, pixelGroup, sha256: expected } = parsed.data;
  const bytes = new Uint8Array(content.subarray(end + 1));
  if (sha256OfBytes(bytes) !== expected) return undefined;
  return { image, file: { bytes, infotext }, pixelGroup };
}

function unlessRefused(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
