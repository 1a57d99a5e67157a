/** The wanted images of one merge: made by the server, and scored while it makes the next ones. */
import { followAbort } from '../shared/abort/follow-abort.ts';
import { isExpected, runError } from '../shared/errors.ts';
import { imageKey } from '../images/names.ts';
import type { Renderer } from '../renderers/index.ts';
import type { BlockWeights, Image, ImageRecord, ImageRequest } from '../types.ts';
import type { EvaluationEvents, ImageRef } from './evaluator.ts';
import { mayBeRepeated } from './failures.ts';
import { judgeImage, type Judging } from './judge-image.ts';

export interface Rendering {
  readonly renderer: Renderer;
  readonly judging: Judging;
  readonly requests: readonly ImageRequest[];
  readonly weights: BlockWeights;
  readonly wanted: readonly ImageRef[];
  /** Told when an image is going to be asked for once more. */
  readonly onRepeat: (repeat: { readonly message: string; readonly seconds: number }) => void;
}

/**
 * Generates what has no score yet; image k is scored while the server makes image k + 1.
 * @param measured by {@link imageKey}: what is there already, and what comes
 * @throws run error `pictures-missing`; the first thing that went wrong with an image
 */
export async function renderMissing(
  { renderer, judging, requests, weights, wanted, onRepeat }: Rendering,
  measured: Map<string, ImageRecord>,
  signal: AbortSignal,
  { onProgress, onImage }: EvaluationEvents,
): Promise<void> {
  const missing = new Set(
    wanted.map(({ request, index }) => imageKey(request, index)).filter((key) => !measured.has(key)),
  );
  const keyOf = ({ request, index }: Image): string => imageKey(request.id, index);
  const asked = requests.filter(({ id, seeds }) =>
    seeds.some((_, index) => missing.has(imageKey(id, index))),
  );
  // An image that cannot be scored makes the trial worthless: nothing more is generated for it.
  const stop = followAbort(signal);
  const progress = (step: number | null, steps: number | null): void =>
    onProgress?.({ done: measured.size, total: wanted.length, step, steps });
  const scoring: Promise<void>[] = [];
  let failure: { readonly error: unknown } | undefined;
  const score = async (image: Image): Promise<void> => {
    try {
      // Not the signal that a bad image aborts: its neighbours are paid for, and are judged to the end.
      const judged = await judgeImage(judging, image, signal);
      measured.set(keyOf(image), judged);
      onImage?.(judged, { bytes: image.bytes, infotext: image.reported.infotext });
      progress(null, null);
    } catch (error) {
      failure ??= { error };
      // One that is made again leaves the others what they are.
      if (!isExpected(error) || !mayBeRepeated(error, 0)) stop.abort();
    }
  };
  progress(null, null);
  try {
    const job = {
      weights,
      requests: asked,
      onProgress: ({ step, steps }: { step: number | null; steps: number | null }): void =>
        progress(step, steps),
      onRepeat,
    };
    // A request is made as a whole; of its images only the wanted ones are scored.
    for await (const image of renderer.render(job, stop.signal)) {
      if (missing.has(keyOf(image))) scoring.push(score(image));
    }
  } catch (error) {
    failure ??= { error };
  } finally {
    stop.release();
  }
  await Promise.all(scoring);
  if (failure !== undefined) throw failure.error;
  if (measured.size !== wanted.length) {
    throw runError(
      'pictures-missing',
      `Only ${measured.size} of ${wanted.length} images came back from ${renderer.name}.`,
    );
  }
}
