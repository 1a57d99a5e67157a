/** What more images are worth, by a Gaussian process of the scores: see belief.ts. */
import { dot } from '../../math/cholesky.ts';
import type { CubePoint } from '../../ask-tell/grid.ts';
import type { GaussianProcess } from './gaussian-process.ts';
import { knowledgeGradient } from './knowledge-gradient.ts';

/** Merges that may be the best in the end: the ones that are expected to be. The others change nothing and cost time. */
const CANDIDATES = 40;

/** One merge of the rows that the process was conditioned on. */
export interface MeasuredRow {
  readonly point: CubePoint;
  /** Images behind its score; Infinity where that is not known. */
  readonly images: number;
  /** Of this search: what is only learned from elsewhere is not handed out. */
  readonly isTrial: boolean;
}

/** Of one image, as variances of targets. */
export interface TargetNoise {
  /** What changes smoothly between merges, and trials with the same images share. */
  readonly shared: number;
  /** The rest. */
  readonly own: number;
}

/** In the cube. */
export interface CubeProspect {
  readonly point: CubePoint;
  /** Row of the merge; undefined for a new one. */
  readonly row: number | undefined;
  readonly had: number;
  readonly images: number;
}

/** @returns for every prospect the expected rise of the best expected target */
export function worthOf(
  process: GaussianProcess,
  rows: readonly MeasuredRow[],
  noise: TargetNoise,
  prospects: readonly CubeProspect[],
): number[] {
  const candidates = rows
    .filter(({ isTrial }) => isTrial)
    .map(({ point }) => ({ point, mean: process.mean(point) }))
    .toSorted((a, b) => b.mean - a.mean)
    .slice(0, CANDIDATES)
    .map((candidate) => ({
      ...candidate,
      known: process.whiten(process.covariances(candidate.point, () => 0)),
    }));
  return prospects.map((prospect) => {
    const { point, row, had, images } = prospect;
    const added = images - had;
    const seen = process.whiten(
      process.covariances(point, (i) => commonVariance(rows[i], had, images, noise)),
    );
    // Another image of the same merge shows its own roughness again.
    if (row !== undefined) addRoughness(process, seen, row, process.parameters.noise);
    const n = process.count;
    const variance =
      process.variance(point, noise.shared / added) +
      process.parameters.noise +
      noise.own / added -
      dot(seen, 0, seen, 0, n);
    const deviation = Math.sqrt(Math.max(variance, 1e-12));
    const slope = (other: CubePoint, known: Float64Array): number =>
      (process.covariance(other, point) - dot(known, 0, seen, 0, n)) / deviation;
    const means = candidates.map(({ mean }) => mean);
    const slopes = candidates.map((candidate) => slope(candidate.point, candidate.known));
    if (row === undefined) {
      means.push(process.mean(point));
      slopes.push(slope(point, process.whiten(process.covariances(point, () => 0))));
    }
    return knowledgeGradient(means, slopes);
  });
}

/** Of what the images from `had` to `images` of the order and the first of a row have in common, in the means of both. */
function commonVariance(
  row: MeasuredRow | undefined,
  had: number,
  images: number,
  { shared }: TargetNoise,
): number {
  // Believed points have no images.
  const count = row?.images ?? Infinity;
  if (count === Infinity) return 0;
  const common = Math.max(0, Math.min(images, count) - had);
  return (shared * common) / ((images - had) * count);
}

/** Adds a covariance with one row to a whitened vector. */
function addRoughness(process: GaussianProcess, whitened: Float64Array, row: number, noise: number): void {
  const unit = new Float64Array(process.count);
  unit[row] = noise;
  const change = process.whiten(unit);
  for (let i = 0; i < whitened.length; i++) whitened[i] = (whitened[i] as number) + (change[i] as number);
}

/** See `Belief.imageNoise`. @param best the merge to compare with */
export function noiseRatio(
  process: GaussianProcess,
  { shared, own }: TargetNoise,
  best: CubePoint,
  point: CubePoint,
): TargetNoise {
  const { amplitude, linear } = process.parameters;
  const unknown = Math.max(process.comparedWith(best).predict(point).variance, SMALLEST_DOUBT);
  return { shared: shared / (amplitude + linear), own: own / unknown };
}

/** Variance of a target: nobody measures a score more exactly than to a hundredth of the spread between merges. */
const SMALLEST_DOUBT = 1e-4;
