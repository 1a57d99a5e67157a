/** The wanted images of one merge: made by the server, and scored while it makes the next ones. */
import { followAbort } from '../shared/abort/follow-abort.ts';
import { onAbort } from '../shared/abort/on-abort.ts';
import { isExpected, runError, type AutombwError } from '../shared/errors.ts';
import { imageKey } from '../images/names.ts';
import type { Renderer } from '../renderers/index.ts';
import type { ArrivedImage, BlockWeights, Image, ImageRecord, ImageRequest } from '../types.ts';
import type { EvaluationEvents, ImageRef } from './evaluator.ts';
import { isOfOneImage, mayBeRepeated } from './failures.ts';
import { decodeInTurn, judgeImage, type Judging } from './judge-image.ts';
import type { MissingImages } from './missing-images.ts';
import { counted } from '../shared/counted.ts';

export interface Rendering {
  readonly renderer: Renderer;
  readonly judging: Judging;
  /** What is measured, within a sentence. */
  readonly about: string;
  /** Number of the trial; undefined for images that belong to no search. */
  readonly trial: number | undefined;
  readonly requests: readonly ImageRequest[];
  readonly weights: BlockWeights;
  readonly wanted: readonly ImageRef[];
  /** Once it is aborted, no further image is begun. */
  readonly until: AbortSignal | undefined;
  /** See `Wanted`. */
  readonly drop?: AbortSignal | undefined;
  /** How often a bad image is asked for once more. */
  readonly retries: number;
  /** Told when an image is going to be asked for once more. */
  readonly onRepeat: (repeat: { readonly message: string; readonly seconds: number }) => void;
}

/**
 * Generates what has no score yet and is not given up; image k is scored while the server makes image k + 1.
 * @param measured by {@link imageKey}: what is there already, and what comes
 * @param missing what is given up, and what turns out to be bad
 * @throws run error `pictures-missing`; the first thing that went wrong with the server, or with an image that is to be
 * asked for again
 */
export async function renderMissing(
  { renderer, judging, about, trial, requests, weights, wanted, until, drop, retries, onRepeat }: Rendering,
  measured: Map<string, ImageRecord>,
  missing: MissingImages,
  signal: AbortSignal,
  { onProgress, onImage, onReceived, onArrival, onState }: EvaluationEvents,
): Promise<void> {
  const isBrokenOff = (): boolean => until?.aborted === true;
  if (missing.isOver || isBrokenOff()) return;
  const open = new Set(
    wanted
      .map(({ request, index }) => imageKey(request, index))
      .filter((key) => !measured.has(key) && !missing.has(key)),
  );
  const isWanted = (request: string, index: number): boolean => open.has(imageKey(request, index));
  const asked = requests.filter(({ id, seeds }) => seeds.some((_, index) => isWanted(id, index)));
  const failuresBefore = missing.failures;
  // When too many images are bad, nothing more is generated.
  const stop = followAbort(signal);
  const letGo = onAbort(drop, () => stop.abort());
  const progress = (step: number | null, steps: number | null): void =>
    onProgress?.({ done: measured.size, total: wanted.length, step, steps });
  const drawing = (): void => onState?.({ state: 'drawing', sentence: `Drawing the images of ${about}.` });
  const decode = decodeInTurn();
  const scoring: Promise<void>[] = [];
  const came = new Set<string>();
  let failure: { readonly error: unknown } | undefined;
  let bad: AutombwError | undefined;
  const before = measured.size;
  const score = async (image: Image, key: string): Promise<void> => {
    const batch = { nth: Math.min(before + came.size, wanted.length), of: wanted.length };
    try {
      // Not the signal that bad images abort: their neighbours are paid for, and are judged to the end.
      const file = { bytes: image.bytes, infotext: image.reported.infotext };
      const tell = (arrived: ArrivedImage): void => onArrival?.(arrived, file);
      const told = { ...judging, decode, batch, onArrival: tell };
      const judged = await judgeImage(told, image, signal, trial);
      measured.set(key, judged);
      onImage?.(judged, file);
      progress(null, null);
    } catch (error) {
      if (isOfOneImage(error)) {
        if (missing.noteBad(key, error, retries)) bad ??= error;
        else if (missing.isOver) stop.abort();
        return;
      }
      failure ??= { error };
      if (!isExpected(error) || !mayBeRepeated(error, 0)) stop.abort();
    }
  };
  onState?.({ state: 'merging', sentence: `Merging the weights of ${about}.` });
  progress(null, null);
  try {
    const job = {
      weights,
      requests: asked,
      isWanted,
      onProgress: ({ step, steps }: { step: number | null; steps: number | null }): void => {
        if (step !== null && step > 0) drawing();
        progress(step, steps);
      },
      onRepeat,
    };
    for await (const image of renderer.render(job, stop.signal)) {
      const key = imageKey(image.request.id, image.index);
      // A server that makes a request as a whole sends all of its images.
      if (!open.has(key) || came.has(key)) continue;
      came.add(key);
      const { request, index, bytes, seconds, reported } = image;
      // Before the next one is asked for.
      onReceived?.({ request: request.id, index, seconds }, { bytes, infotext: reported.infotext });
      if (came.size < open.size) drawing();
      scoring.push(score(image, key));
      // What the server has made of a request is on its way.
      const isWhole = image.request.seeds.every((_, index) => {
        const other = imageKey(image.request.id, index);
        return !open.has(other) || came.has(other);
      });
      if (isBrokenOff() && isWhole) break;
    }
  } catch (error) {
    // What comes of breaking off says nothing.
    if (!stop.signal.aborted || signal.aborted) failure ??= { error };
  } finally {
    letGo();
    stop.release();
  }
  await Promise.all(scoring);
  missing.cutBehindLast(measured, came, failuresBefore);
  if (failure !== undefined) throw failure.error;
  if (missing.isOver) return;
  if (bad !== undefined) throw bad;
  if (measured.size + missing.size === wanted.length || isBrokenOff()) return;
  throw runError(
    'pictures-missing',
    `Received only ${measured.size} of ${counted(wanted.length, 'image')} from ${renderer.name}.`,
  );
}
