/** The merges that a search has to beat: model A, model B, half of each, in every block that the backend can move. */
import { effectiveWeights, type Capabilities } from '../renderers/index.ts';
import { blocksOfSpace, parametersOfSpace, type BlockSpace } from '../space/space.ts';
import type { Parameter } from '../space/parameters.ts';
import type { BaselineName, BlockWeights } from '../types.ts';

const SHARES = { A: 0, B: 1, half: 0.5 } as const satisfies Readonly<Record<BaselineName, number>>;

/** In search order, so that the search knows the same merge again. Optional blocks are in it where they are searched. */
export function baselineWeights(
  space: BlockSpace,
  name: BaselineName,
  capabilities: Pick<Capabilities, 'tied' | 'fixed' | 'parts' | 'parameters'> = { tied: {}, fixed: {} },
): BlockWeights {
  const blocks = blocksOfSpace(space);
  const uniform = Object.fromEntries(blocks.map((block) => [block, SHARES[name]]));
  const weights = effectiveWeights(uniform, capabilities, space.architecture);
  return {
    ...Object.fromEntries(blocks.map((block) => [block, weights[block] ?? 0])),
    ...parametersOf(space, capabilities.parameters ?? [], SHARES[name]),
  };
}

/** What is fixed for the search is not for what it is compared with: model A has no LoRA, whatever its strength. @param share of model B */
function parametersOf(space: BlockSpace, known: readonly Parameter[], share: number): Record<string, number> {
  return Object.fromEntries(
    parametersOfSpace(space).map((name) => {
      const searched = space.dimensions.find((dimension) => dimension.name === name)?.parameter;
      const { neutral = space.fixed[name] ?? 0, full = neutral } =
        searched ?? known.find((parameter) => parameter.name === name.split('@')[0]) ?? {};
      return [name, neutral + share * (full - neutral)];
    }),
  );
}
