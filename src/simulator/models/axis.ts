/** Where a UNet lies in the cube of the landscape: 0 = the first model, 1 = the second, block by block. */
import type { Architecture, BlockName, BlockWeights } from '../../space/blocks.ts';
import { blockNamesOf, blockOfKey } from './blocks.ts';
import type { StateDict } from './state-dict.ts';

export interface Axis {
  /** Computed from the tensors themselves, whoever merged them. */
  positionOf(model: StateDict): BlockWeights;
}

/** A merge computed in float32 may miss the position that was meant in the seventh digit; images must not tell. */
const STEP = 1e-5;

/**
 * The weight of a block is that of the least-squares fit `A + w (B - A)` to all its tensors; 0 where A and B are equal.
 */
export function createAxis(architecture: Architecture, a: StateDict, b: StateDict): Axis {
  const known = new WeakMap<StateDict, BlockWeights>();
  const keys = keysByBlock(architecture, a);
  const names = blockNamesOf(architecture);
  const place = (model: StateDict, block: BlockName): number => {
    let along = 0;
    let length = 0;
    for (const key of keys.get(block) ?? []) {
      const [from, to, at] = [a, b, model].map((one) => one.get(key)?.data);
      if (from === undefined || to === undefined || at === undefined) continue;
      for (let i = 0; i < from.length; i++) {
        const difference = (to[i] ?? 0) - (from[i] ?? 0);
        along += difference * ((at[i] ?? 0) - (from[i] ?? 0));
        length += difference * difference;
      }
    }
    // Adding 0 turns -0 into 0.
    return length === 0 ? 0 : Math.round(along / length / STEP) * STEP + 0;
  };
  return {
    positionOf(model) {
      const found = known.get(model);
      if (found !== undefined) return found;
      const position = Object.fromEntries(names.map((block) => [block, place(model, block)]));
      known.set(model, position);
      return position;
    },
  };
}

function keysByBlock(
  architecture: Architecture,
  model: StateDict,
): ReadonlyMap<BlockName, readonly string[]> {
  const keys = new Map<BlockName, string[]>();
  for (const key of model.keys()) {
    const block = blockOfKey(key, architecture);
    if (block !== undefined) keys.set(block, [...(keys.get(block) ?? []), key]);
  }
  return keys;
}
