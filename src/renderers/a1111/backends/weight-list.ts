/** Weights as the list of numbers that an extension takes. */
import type { BlockName, BlockWeights } from '../../../space/blocks.ts';

/**
 * A block without a weight (SDXL has fewer) is written as 0.
 * @throws RangeError for a number that the server would ignore in silence, and keep its last weights
 */
export function weightList(weights: BlockWeights, order: readonly BlockName[]): readonly number[] {
  return order.map((name) => {
    const weight = weights[name] ?? 0;
    if (!Number.isFinite(weight)) throw new RangeError(`The weight of ${name} is ${weight}.`);
    return weight;
  });
}
