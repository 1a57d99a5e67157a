/** The requests of a run, drawn once, and the order in which its iterations get the images. */
import { orderImages, resolveMode, type OrderedImage } from '../allocation/index.ts';
import type { SearchConfig } from '../config/schema.ts';
import { loadPayloads } from '../payload/load.ts';
import { drawFreshPrompts, imageCount, toRequests, type FreshPrompts } from '../payload/requests.ts';
import { splitBatches } from '../payload/split-batches.ts';
import { usageError } from '../shared/errors.ts';
import { tallyNeedsEqualCounts } from '../score/tally.ts';
import { openWildcards } from '../prompts/index.ts';
import type { ImageRequest } from '../types.ts';
import { counted } from '../shared/counted.ts';

export interface RequestSettings {
  /** Added to the seed of every payload. */
  readonly seedShift?: number;
  /** Told of keys that nobody knows. */
  readonly onWarning?: (sentence: string) => void;
}

/** @throws usage errors of payload files and templates */
export async function makeRequests(
  { payload, wildcards, seed }: Pick<SearchConfig, 'payload' | 'wildcards' | 'seed'>,
  { seedShift = 0, onWarning = () => {} }: RequestSettings = {},
): Promise<ImageRequest[]> {
  const payloads = await loadPayloads(payload, { onWarning });
  return toRequests(payloads, seed, { seedShift, wildcards: await openWildcards(wildcards), onWarning });
}

/** Prompts for the proof at the end, of payloads with templates. @throws as {@link makeRequests} */
export async function makeFreshPrompts({
  payload,
  wildcards,
  seed,
}: Pick<SearchConfig, 'payload' | 'wildcards' | 'seed'>): Promise<FreshPrompts[]> {
  return drawFreshPrompts(await loadPayloads(payload), seed, await openWildcards(wildcards));
}

/** Fewer steps than this between one image and all of them leave nothing to choose. */
const FEWEST_UNITS = 6;

/**
 * How the images are given to iterations. Of few requests with batches every image becomes a request of its own: the seeds are the
 * same, but an image of another batch is another image.
 * @param onWarning told where the tally does not go with unequal images
 * @returns without an order where every iteration gets all images
 * @throws usage error `config-invalid` for a budget that not even one iteration fits into
 */
export function divideImages(
  {
    imagesPerTrial,
    budgetImages = Infinity,
    tally,
    goals,
  }: Pick<SearchConfig, 'imagesPerTrial' | 'budgetImages' | 'tally' | 'goals'>,
  made: readonly ImageRequest[],
  onWarning: (sentence: string) => void = () => {},
): { readonly requests: readonly ImageRequest[]; readonly imageOrder: OrderedImage[] | undefined } {
  const total = imageCount(made);
  if (budgetImages < total) {
    throw usageError(
      'config-invalid',
      `--budget-images ${budgetImages} is less than the ${counted(total, 'image')} of the payloads, all of which the best merge needs in the end: give at least ${total}.`,
    );
  }
  const mode = resolveMode(imagesPerTrial, total);
  if (mode === 'all') return { requests: made, imageOrder: undefined };
  // What more images are worth is only known for one score: the ends of a front would be left with the fewest.
  if (goals !== undefined && mode === 'auto') {
    onWarning(
      `--goals: every iteration gets all ${total} images, because their number can only be adapted for a single score. For fewer, set --images-per-trial to a number.`,
    );
    return { requests: made, imageOrder: undefined };
  }
  if (tallyNeedsEqualCounts(tally)) {
    const sentence = `--tally ${tally} depends on the number of images, so iterations with few images cannot be compared with others`;
    if (mode === 'auto') {
      onWarning(`${sentence}: every iteration gets all ${total}.`);
      return { requests: made, imageOrder: undefined };
    }
    onWarning(
      `${sentence}: with --images-per-trial ${mode} the best gets all ${total} in the end, which changes its score. To be fair, use --images-per-trial all, or --tally median.`,
    );
  }
  const requests = mode === 'auto' && made.length < FEWEST_UNITS ? splitBatches(made) : made;
  return { requests, imageOrder: orderImages(requests) };
}
