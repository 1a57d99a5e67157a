/** Who decides what images are spent on, by what `--images-per-trial` says. */
import type { Allocation } from './allocation.ts';
import { createAuto } from './auto.ts';
import { createFixed } from './fixed.ts';
import type { TallyScores } from './image-effects.ts';

export type { Allocation, Known, KnownTrial, Step } from './allocation.ts';
export {
  comparableScores,
  haveSameImages,
  imageEffects,
  type ScoreRow,
  type TallyScores,
} from './image-effects.ts';
export type { ImageNoise } from '../optimizers/index.ts';
export { imageNoise, type NoiseSample } from './image-noise.ts';
export { mergeCostOf } from './merge-cost.ts';
export { cutToUnits, imagesInPlan, orderImages, unitEnds, upToUnits, type OrderedImage } from './order.ts';

/** Images of every trial: a number, all of them, or as the search goes. */
export type AllocationMode = 'auto' | 'all' | number;

/** A set of so few images is not worth dividing. */
const FEW = 4;

/**
 * What is meant: a set of few images is measured as a whole unless a number is given, and a number that is not below the
 * whole set is all of it.
 */
export function resolveMode(given: AllocationMode | undefined, total: number): AllocationMode {
  if (typeof given === 'number') return given < total ? given : 'all';
  return total <= FEW ? 'all' : (given ?? 'auto');
}

/** @param tally of a trial's images */
export function createAllocation(mode: AllocationMode, tally: TallyScores): Allocation {
  if (mode === 'auto') return createAuto(tally);
  return createFixed(mode === 'all' ? Infinity : mode, tally);
}
