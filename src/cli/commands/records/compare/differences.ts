/** Differences between two runs: always the second less the first. Pure. */
import type { BlockName, BlockWeights } from '../../../../architectures/architecture.ts';
import { inSearchOrder } from '../../../../architectures/registry.ts';
import type { ImageRecord } from '../../../../types.ts';

export interface BlockDifference {
  readonly block: BlockName;
  /** `null`: the run has no such block. */
  readonly first: number | null;
  readonly second: number | null;
  /** `null` where one of them has no such block. */
  readonly difference: number | null;
}

/** Blocks that differ, the widest apart first; those that only one run has come last. */
export function blockDifferences(first: BlockWeights, second: BlockWeights): BlockDifference[] {
  const blocks = inSearchOrder([...Object.keys(first), ...Object.keys(second)]);
  const all = blocks.map((block): BlockDifference => {
    const [a, b] = [first[block] ?? null, second[block] ?? null];
    return { block, first: a, second: b, difference: a === null || b === null ? null : b - a };
  });
  const size = ({ difference }: BlockDifference): number => (difference === null ? -1 : Math.abs(difference));
  return all.filter(({ first: a, second: b }) => a !== b).toSorted((x, y) => size(y) - size(x));
}

export interface PayloadDifference {
  readonly payload: string;
  /** Mean score of the pictures; `null` where a run has none of this payload. */
  readonly first: number | null;
  readonly second: number | null;
  readonly difference: number | null;
  /** The same over pictures of the same request, place and seed alone; `null` where there are none. */
  readonly paired: { readonly pictures: number; readonly difference: number } | null;
}

/** In the order of the first run's payloads, then what only the second has. */
export function payloadDifferences(
  first: readonly ImageRecord[],
  second: readonly ImageRecord[],
): PayloadDifference[] {
  const payloads = [...new Set([...first, ...second].map(({ payload }) => payload))];
  return payloads.map((payload) => {
    const [a, b] = [first, second].map((images) => images.filter((image) => image.payload === payload));
    const [meanA, meanB] = [meanScore(a), meanScore(b)];
    return {
      payload,
      first: meanA,
      second: meanB,
      difference: meanA === null || meanB === null ? null : meanB - meanA,
      paired: pairedDifference(a ?? [], b ?? []),
    };
  });
}

function pairedDifference(
  first: readonly ImageRecord[],
  second: readonly ImageRecord[],
): PayloadDifference['paired'] {
  const scores = new Map(second.map((image) => [keyOf(image), image.score]));
  const differences = first.flatMap((image) => {
    const other = scores.get(keyOf(image));
    return other === undefined ? [] : [other - image.score];
  });
  if (differences.length === 0) return null;
  const sum = differences.reduce((total, value) => total + value, 0);
  return { pictures: differences.length, difference: sum / differences.length };
}

function keyOf({ request, index, seed }: ImageRecord): string {
  return JSON.stringify([request, index, seed]);
}

function meanScore(images: readonly ImageRecord[] | undefined): number | null {
  if (images === undefined || images.length === 0) return null;
  return images.reduce((sum, { score }) => sum + score, 0) / images.length;
}
