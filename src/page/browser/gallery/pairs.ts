/** The pictures of two merges beside each other, in the order that is wanted, and what they come to. Pure. */
import type { GalleryMerge, GalleryPicture, GallerySlot } from '../../gallery/state.ts';

export interface Pair {
  readonly slot: number;
  readonly payload: string;
  readonly seed: number;
  readonly left: GalleryPicture | undefined;
  readonly right: GalleryPicture | undefined;
  /** Of the chosen scorer, or the score; null where there is none. */
  readonly values: readonly [left: number | null, right: number | null];
  /** Right less left; null where one is missing. */
  readonly difference: number | null;
}

export const PAIR_ORDERS = {
  '': 'order of the run',
  gain: 'largest gain on the right',
  loss: 'largest loss on the right',
  left: 'left score, highest first',
  right: 'right score, highest first',
} as const;

export interface PairsWanted {
  /** Empty for the scores. */
  readonly scorer: string;
  /** Empty for all. */
  readonly payload: string;
  /** One of the orders; others mean the run's. */
  readonly by: string;
}

export function pairsOf(
  slots: readonly GallerySlot[],
  left: GalleryMerge | undefined,
  right: GalleryMerge | undefined,
  { scorer, payload, by }: PairsWanted,
): Pair[] {
  const [lefts, rights] = [left, right].map(
    (merge) => new Map(merge?.pictures.map((picture) => [picture.slot, picture])),
  );
  const pairs = slots.flatMap((slot, at): Pair[] => {
    if (payload !== '' && slot.payload !== payload) return [];
    const one = lefts?.get(at);
    const other = rights?.get(at);
    const a = valueOf(one, scorer);
    const b = valueOf(other, scorer);
    return [
      {
        slot: at,
        payload: slot.payload,
        seed: slot.seed,
        left: one,
        right: other,
        values: [a, b],
        difference: a === null || b === null ? null : b - a,
      },
    ];
  });
  const key = keyOf(by);
  return key === undefined ? pairs : pairs.toSorted((one, other) => descending(key(one), key(other)));
}

function valueOf(picture: GalleryPicture | undefined, scorer: string): number | null {
  if (picture === undefined) return null;
  return (scorer === '' ? picture.score : picture.raw[scorer]) ?? null;
}

function keyOf(by: string): ((pair: Pair) => number | null) | undefined {
  switch (by) {
    case 'gain':
      return ({ difference }) => difference;
    case 'loss':
      return ({ difference }) => (difference === null ? null : -difference);
    case 'left':
      return ({ values }) => values[0];
    case 'right':
      return ({ values }) => values[1];
    default:
      return undefined;
  }
}

/** Those without a value come last. */
export function descending(one: number | null, other: number | null): number {
  if (one === other) return 0;
  if (one === null || other === null) return one === null ? 1 : -1;
  return other - one;
}

export interface PairSum {
  /** Pairs of which both have a value. */
  readonly both: number;
  readonly higher: number;
  readonly lower: number;
  /** Over those that both have; null where there is none. */
  readonly left: number | null;
  readonly right: number | null;
  readonly difference: number | null;
}

export function sumOf(pairs: readonly Pair[]): PairSum {
  const both = pairs.flatMap(({ values: [left, right] }) =>
    left === null || right === null ? [] : [{ left, right }],
  );
  const mean = (value: (pair: { readonly left: number; readonly right: number }) => number): number | null =>
    both.length === 0 ? null : both.reduce((sum, pair) => sum + value(pair), 0) / both.length;
  return {
    both: both.length,
    higher: both.filter(({ left, right }) => right > left).length,
    lower: both.filter(({ left, right }) => right < left).length,
    left: mean(({ left }) => left),
    right: mean(({ right }) => right),
    difference: mean(({ left, right }) => right - left),
  };
}
