/** `--param NAME=VALUE` and `--param NAME@BLOCK=VALUE` of a merge, on top of what a recipe says. */
import { blocksLike, inOrderOfExactness } from '../../../architectures/block-patterns.ts';
import type { Architecture } from '../../../architectures/architecture.ts';
import { allBlocksOf, partNamesOf } from '../../../architectures/registry.ts';
import type { GivenParameters } from '../../../checkpoints/methods/given-parameters.ts';
import type { ParameterValue } from '../../../checkpoints/methods/parameter.ts';

export interface ParameterFlag {
  readonly name: string;
  /** A block, or with `*` several; undefined for the whole merge. */
  readonly block?: string | undefined;
  readonly value: ParameterValue;
}

/** @param before of the recipe, if it is of the same method; flags for the whole merge leave its single blocks as they are */
export function combineParameters(
  before: GivenParameters,
  flags: readonly ParameterFlag[],
  architecture: Architecture,
): GivenParameters {
  const combined: Record<string, { value?: ParameterValue; blocks?: Record<string, ParameterValue> }> =
    Object.fromEntries(
      Object.entries(before).map(([name, { value, blocks }]) => [
        name,
        { ...(value !== undefined && { value }), ...(blocks && { blocks: { ...blocks } }) },
      ]),
    );
  const ofBlocks = flags.flatMap(({ block, ...flag }) =>
    block === undefined ? [] : [[block, flag] as const],
  );
  for (const { name, block, value } of flags) {
    if (block === undefined) combined[name] = { ...combined[name], value };
  }
  for (const [pattern, { name, value }] of inOrderOfExactness(ofBlocks)) {
    const own = { ...combined[name]?.blocks };
    for (const block of blocksMeant(pattern, architecture)) own[block] = value;
    combined[name] = { ...combined[name], blocks: own };
  }
  return combined;
}

/** A name that fits nothing stands for itself: whoever checks it says what there is. */
function blocksMeant(pattern: string, architecture: Architecture): readonly string[] {
  const inNetwork = blocksLike(pattern, allBlocksOf(architecture));
  const found = inNetwork.length > 0 ? inNetwork : blocksLike(pattern, partNamesOf(architecture));
  return found.length > 0 ? found : [pattern];
}
