/** Judges an image once more from the file that was kept of it. */
import { decodeImage, hashPixels, LARGEST_IMAGE } from '../images/decode.ts';
import { readInfotext } from '../images/infotext.ts';
import type { Asking, Judge } from '../score/index.ts';
import { isExpected } from '../shared/errors.ts';
import { isReadFailure, readRegularFile } from '../shared/files/read-file.ts';
import type { ImageRecord, ImageRequest } from '../types.ts';

export interface KeptImage {
  readonly file: string;
  /** As it was recorded: the file must have its pixels. */
  readonly image: ImageRecord;
  readonly requests: readonly ImageRequest[];
  readonly judge: Judge;
  /** How patiently; each scorer is asked once unless given. */
  readonly asking?: Asking;
  readonly signal: AbortSignal;
}

/**
 * @returns undefined where the file is gone, damaged or of other pixels: then the image has to be drawn again
 * @throws what the scorers throw
 */
export async function judgeKept(kept: KeptImage): Promise<ImageRecord | undefined> {
  const { image, requests, judge, asking, signal } = kept;
  const read = await readKept(kept);
  const request = requests.find(({ id }) => id === image.request);
  if (read === undefined || request === undefined) return undefined;
  const infotext = await readInfotext(read.bytes);
  const { score, raw } = await judge.judge(
    {
      ...read,
      prompt: request.prompt,
      negativePrompt: request.negativePrompt,
      payload: image.payload,
      seed: image.seed,
      infotext: infotext?.text ?? null,
      reverse: request.reverseScoring,
    },
    signal,
    asking,
  );
  return { ...image, score, raw };
}

/** Its bytes and pixels; undefined where they are not those that were recorded. */
export async function readKept({
  file,
  image,
  signal,
}: Pick<KeptImage, 'file' | 'image' | 'signal'>): Promise<
  { readonly bytes: Buffer; readonly pixels: Awaited<ReturnType<typeof decodeImage>> } | undefined
> {
  try {
    const bytes = await readRegularFile(file, { limit: LARGEST_IMAGE, signal });
    const pixels = await decodeImage(bytes);
    return hashPixels(pixels) === image.pixels ? { bytes, pixels } : undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (!isExpected(error) && !isReadFailure(error)) throw error;
    return undefined;
  }
}
