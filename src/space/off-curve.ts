/** Weights that no curve of a space goes through. */
import type { BlockName, BlockWeights } from '../architectures/architecture.ts';
import { decode, encode, type BlockSpace } from './space.ts';

export interface Missed {
  readonly block: BlockName;
  readonly given: number;
  /** What the nearest point of the space has there. */
  readonly nearest: number;
}

/** The block of a curve whose given weight is missed by most; undefined where all are met. */
export function missedMost(space: BlockSpace, weights: BlockWeights): Missed | undefined {
  if (space.curves === undefined) return undefined;
  const nearest = decode(space, encode(space, weights));
  return space.curves
    .flatMap(({ blocks }) => blocks.flat())
    .flatMap((block): Missed[] => {
      const given = weights[block];
      return given === undefined ? [] : [{ block, given, nearest: nearest[block] ?? 0 }];
    })
    .filter(({ given, nearest: met }) => Math.abs(given - met) > SAME)
    .toSorted((a, b) => Math.abs(b.given - b.nearest) - Math.abs(a.given - a.nearest))[0];
}

/** What no merge shows. */
const SAME = 1e-3;
