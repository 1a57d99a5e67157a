/** An image as it came over the wire, decoded, checked, and scored. */
import { runError, type AutombwError } from '../shared/errors.ts';
import { blankness } from '../score/blankness.ts';
import { decodeImage, hashPixels } from '../images/decode.ts';
import type { Asking, Judge } from '../score/index.ts';
import type { ImageBatch } from '../score/scorer.ts';
import type { ArrivedImage, ImageRecord, ImageRequest, Image, Pixels } from '../types.ts';

export interface Judging {
  readonly judge: Judge;
  /** False where the images may have another size than their request says: a workflow of the user's own may enlarge them. */
  readonly checksSize: boolean;
  /** Which image of how many it is; unknown unless given. */
  readonly batch?: ImageBatch;
  /** How patiently; each scorer is asked once unless given. */
  readonly asking?: Asking;
}

interface Judged extends Judging {
  readonly decode?: Decode;
  /** Told before it is scored. */
  readonly onArrival?: (image: ArrivedImage) => void;
}

/**
 * @param trial number of the trial that it belongs to, if any
 * @throws run error `picture-size`, what decoding and scoring throw
 */
export async function judgeImage(
  { judge, checksSize, batch, asking, decode = decodeImage, onArrival }: Judged,
  image: Image,
  signal: AbortSignal,
  trial?: number,
): Promise<ImageRecord> {
  const { request, index, bytes, reported, seconds } = image;
  const pixels = await decode(bytes);
  const blank = blankness(pixels);
  if (blank !== undefined) throw showsNothing(image, blank);
  if (checksSize) checkSize(request, pixels);
  const seed = request.seeds[index] ?? reported.seed ?? 0;
  const arrived = { request: request.id, index, payload: request.payload, seed, pixels: hashPixels(pixels) };
  onArrival?.(arrived);
  const { score, raw, answer, answers } = await judge.judge(
    {
      pixels,
      bytes,
      prompt: request.prompt,
      negativePrompt: request.negativePrompt,
      payload: request.payload,
      seed,
      infotext: reported.infotext,
      reverse: request.reverseScoring,
      ...(trial !== undefined && { place: { trial, request: request.id, index } }),
      ...(batch !== undefined && { batch }),
    },
    signal,
    asking,
  );
  return {
    request: request.id,
    index,
    payload: request.payload,
    seed,
    score,
    raw,
    pixels: arrived.pixels,
    seconds,
    ...(answer !== undefined && { answer }),
    ...(answers !== undefined && { answers }),
  };
}

type Decode = typeof decodeImage;

/** One after the other: images are then judged in the order in which they came, which is that of a person's questions. */
export function decodeInTurn(): Decode {
  let before: Promise<unknown> = Promise.resolve();
  return async (bytes) => {
    const decoded = before.then(async () => decodeImage(bytes));
    before = decoded.catch(() => undefined);
    return decoded;
  };
}

/** For every scorer, whatever it would say of it. */
function showsNothing({ request, index }: Image, blank: string): AutombwError {
  return runError(
    'image-degenerate',
    `The image ${request.id} with seed ${request.seeds[index] ?? 'unknown'} is blank: ${blank}. A black image is usually caused by NaN in the computation: start the WebUI with --no-half-vae, or check whether only these weights cause it.`,
  );
}

/** The WebUI rounds down to multiples of 8 and says nothing; a hires pass makes the image larger. */
function checkSize({ id, body }: ImageRequest, { width, height }: Pixels): void {
  const floor8 = (value: unknown): number => Math.floor(Number(value) / 8) * 8;
  const wide = floor8(body['width']);
  const high = floor8(body['height']);
  const fits =
    body['enable_hr'] === true ? width >= wide && height >= high : width === wide && height === high;
  if (fits) return;
  throw runError(
    'picture-size',
    `An image of ${id} is ${width}×${height} pixels instead of ${wide}×${high}.`,
    // It may be another's; but mostly it comes again.
    { retry: 'image', retryLimit: 1 },
  );
}
