/** Weights that a search has found, in the words of a merge: what stands among them as a parameter says the method and which model is the base. */
import type { BlockWeights } from '../architectures/architecture.ts';
import { METHOD_PARAMETER, searchedMethod } from '../checkpoints/searched-merge.ts';
import { ADJUST_PREFIX, isParameterName, LORA_PREFIX } from '../space/parameters.ts';
import type { FoundWeights } from './weights-source.ts';

/**
 * For formats that name a method and models A and B, but no parameters.
 * @returns of the parameters only those that change the merge, which such a format cannot hold: strengths and adjustments other than 0, and what
 * the method itself is told
 */
export function inWordsOfMerge(found: FoundWeights): FoundWeights {
  const names = Object.keys(found.weights).filter(isParameterName);
  if (names.length === 0) return found;
  const { method, isSwapped } = searchedMethod(found.weights);
  const { a, b, ...others } = found.models;
  const [base, other] = isSwapped ? [b, a] : [a, b];
  return {
    ...found,
    weights: withoutIdle(found.weights, method),
    models: { ...(base !== undefined && { a: base }), ...(other !== undefined && { b: other }), ...others },
    ...(METHOD_PARAMETER in found.weights && { method }),
  };
}

function withoutIdle(weights: BlockWeights, method: string): BlockWeights {
  return Object.fromEntries(
    Object.entries(weights).filter(([name, value]) => {
      if (!isParameterName(name) || name.startsWith(`${method}:`)) return true;
      return (name.startsWith(LORA_PREFIX) || name.startsWith(ADJUST_PREFIX)) && value !== 0;
    }),
  );
}
