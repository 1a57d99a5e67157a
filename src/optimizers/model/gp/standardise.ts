/** Scores as the model sees them: mean 0, standard deviation 1, extremes drawn in. */
export interface Standardised {
  readonly targets: Float64Array;
  /** A variance of scores as one of targets. */
  readonly toTargetVariance: (variance: number) => number;
  /** A target back into a score. */
  readonly toScore: (target: number) => number;
}

/** Beyond this many robust deviations from the median, distances count by their logarithm. */
const LIMIT = 3;

/**
 * Centre and scale by median and quartiles, the far ends drawn in logarithmically (order and small differences are
 * kept, so a real optimum among them still wins), then mean 0 and deviation 1.
 */
export function standardise(scores: readonly number[]): Standardised {
  const sorted = scores.toSorted((a, b) => a - b);
  const centre = quantile(sorted, 0.5);
  const scale = spreadOf(sorted);
  const drawn = scores.map((score) => drawIn((score - centre) / scale));
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length;
  const deviation = variance > 1e-20 ? Math.sqrt(variance) : 1;
  return {
    targets: Float64Array.from(drawn, (value) => (value - mean) / deviation),
    // Root first: the square of a tiny scale underflows. Beyond the cap a score says nothing anyway.
    toTargetVariance: (variance) => Math.min(1e6, (Math.sqrt(variance) / scale / deviation) ** 2),
    toScore: (target) => centre + scale * drawOut(mean + deviation * target),
  };
}

/** The quartiles' distance as a standard deviation; where half of the scores are equal, wider and wider quantiles. */
function spreadOf(sorted: readonly number[]): number {
  for (const [share, normal] of [
    [0.25, 1.349],
    [0.1, 2.563],
    [0.02, 4.107],
    [0, 4.107],
  ] as const) {
    const spread = (quantile(sorted, 1 - share) - quantile(sorted, share)) / normal;
    if (spread > 1e-12 * Math.abs(quantile(sorted, 0.5)) && spread > 0) return spread;
  }
  return 1;
}

/** Between the two nearest, linearly. */
export function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? 0;
  return below + (position % 1) * (above - below);
}

function drawIn(z: number): number {
  const size = Math.abs(z);
  return size <= LIMIT ? z : Math.sign(z) * (LIMIT + Math.log1p(size - LIMIT));
}

function drawOut(z: number): number {
  const size = Math.abs(z);
  return size <= LIMIT ? z : Math.sign(z) * (LIMIT + Math.expm1(size - LIMIT));
}
