/** What a merge costs, in images of the same server. */

export interface MeasuredSeconds {
  /** Of every merge so far. */
  readonly merges: readonly number[];
  /** Of every image so far. */
  readonly images: readonly number[];
}

/** A merge this quick (seconds) costs nothing that matters, and a journal must not depend on a hiccup of the clock. */
const QUICK = 0.5;
const MOST = 32;

/**
 * Seconds of a merge over seconds of an image, both as medians, rounded down to 0 or a power of 2 up to 32: so coarse that the
 * decisions of two runs over the same server hardly ever differ.
 */
export function mergeCostOf({ merges, images }: MeasuredSeconds): number {
  const merge = median(merges);
  const image = median(images);
  if (merge === undefined || image === undefined || merge < QUICK) return 0;
  const ratio = image <= 0 ? MOST : Math.min(MOST, merge / image);
  return ratio < 1 ? 0 : 2 ** Math.floor(Math.log2(ratio));
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted.length % 2 === 1 ? upper : sorted[middle - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}
