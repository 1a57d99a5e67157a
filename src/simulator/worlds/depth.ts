/**
 * A landscape for any row of blocks: the best weights of numbered blocks lie on a smooth curve over depth, those of all others are
 * alike. A few knots of a curve come near the best, and no single weight for all blocks does.
 */
import type { BlockName, BlockWeights } from '../../types.ts';

const NUMBERED = /^(?<start>.*?)(?<number>\d+)$/u;
/** Blocks that are off unless asked for spoil images soon. */
const OPTIONAL = new Set(['llm_adapter']);
/** How much a block that is none of a row counts beside one that is. */
const SHARE = 0.25;
const STEEPNESS = 4;

/** What each block of a row should have, as 0..1, and how much it counts. */
export function bestAt(names: readonly BlockName[]): ReadonlyMap<BlockName, { best: number; share: number }> {
  const last = new Map<string, number>();
  for (const name of names) {
    const { start = '', number = '0' } = NUMBERED.exec(name)?.groups ?? {};
    last.set(start, Math.max(last.get(start) ?? 0, Number(number)));
  }
  return new Map(
    names.map((name) => {
      const { start = '', number } = NUMBERED.exec(name)?.groups ?? {};
      if (number === undefined) return [name, { best: OPTIONAL.has(name) ? 0 : 0.4, share: SHARE }];
      return [name, { best: curve(Number(number) / Math.max(1, last.get(start) ?? 1)), share: 1 }];
    }),
  );
}

/** @param depth 0 = the first block of its row, 1 = the last */
function curve(depth: number): number {
  return 0.5 + 0.35 * Math.sin(Math.PI * (1.5 * depth + 0.25));
}

/**
 * 1 at the best, falling with the distance; about -0.25 for either model.
 * @param shift moves the best weight of a block
 */
export function gainAtDepth(weights: BlockWeights, shift: () => number): number {
  const names = Object.keys(weights);
  let sum = 0;
  let all = 0;
  for (const [name, { best, share }] of bestAt(names)) {
    sum += share * ((weights[name] ?? 0) + shift() - best) ** 2;
    all += share;
  }
  return all === 0 ? 0 : 1 - (STEEPNESS * sum) / all;
}
