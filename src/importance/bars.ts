/** What a drawing needs of it. */
import type { Importance } from './importance.ts';

export interface ImportanceBar {
  /** The block, or the blocks that share the weight, joined by `+`. */
  readonly name: string;
  /** Those blocks; of a knot of a curve, the blocks that are nearest to it. */
  readonly blocks: readonly string[];
  /** Share of the differences in score, 0 to 1, with its interval. */
  readonly total: number;
  readonly low: number;
  readonly high: number;
}

/** Undefined where nothing can be said. */
export function importanceBars(importance: Importance | undefined): readonly ImportanceBar[] | undefined {
  if (importance?.enough !== true) return undefined;
  return importance.dimensions.map(({ name, blocks, total: { value, low, high } }) => ({
    name,
    blocks,
    total: value,
    low,
    high,
  }));
}
