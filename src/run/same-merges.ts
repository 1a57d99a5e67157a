/** Can a server still merge what a plan says? Which blocks stand still or follow another one depends on its nodes and extensions. */
import { runError, usageError } from '../shared/errors.ts';
import type { SearchPlan } from '../journal/record.ts';
import { effectiveWeights, type Capabilities, type Renderer } from '../renderers/index.ts';
import { architectureRow, partNamesOf } from '../architectures/registry.ts';
import type { BlockName } from '../space/blocks.ts';
import { decode, parametersOfSpace, type BlockSpace } from '../space/space.ts';

/** @throws usage error `merge-way-changed` */
export function checkSameMerges({ space }: SearchPlan, renderers: readonly Renderer[]): void {
  for (const { name, capabilities } of renderers) {
    const block = blockMergedOtherwise(space, capabilities);
    if (block === undefined) continue;
    throw usageError(
      'merge-way-changed',
      `The run gives ${block} its own weights, which ${name} can no longer do (have its nodes or extensions changed?): scores of different merges cannot be compared. Restore them, then resume again; or start a new search with --warm-start from the best weights.`,
    );
  }
}

/** @throws run error `servers-differ`, of servers that work on one new run */
export function checkEqualMerges({ space }: SearchPlan, renderers: readonly Renderer[]): void {
  for (const { name, capabilities } of renderers) {
    const block = blockMergedOtherwise(space, capabilities);
    if (block === undefined) continue;
    throw runError(
      'servers-differ',
      `The WebUIs merge differently: ${name} cannot give ${block} its own weights, but the first one can. Give all of them the same extensions.`,
    );
  }
}

/** A block whose weight in some point of the space would be another one in the merge. */
function blockMergedOtherwise(space: BlockSpace, capabilities: Capabilities): BlockName | undefined {
  const { architecture, dimensions } = space;
  const { range, parts, parameters = [] } = capabilities;
  const lows = dimensions.map(({ low }) => low);
  const lacking = parametersOfSpace(space).find(
    (name) => !parameters.some((one) => one.name === name.split('@')[0]),
  );
  if (lacking !== undefined) return lacking;
  const rangeOf = (name: string): typeof range =>
    parameters.find((one) => one.name === name.split('@')[0]) ?? range;
  const beyond = dimensions.find(
    ({ name, low, high }) => low < rangeOf(name).low || high > rangeOf(name).high,
  );
  if (beyond !== undefined) return beyond.name;
  const known = [...architectureRow(architecture).optionalBlocks, ...partNamesOf(architecture)];
  const movable = new Set([
    ...(capabilities.optional ?? []),
    ...(parts?.free ?? []),
    ...(parts?.whole ?? []),
    ...Object.keys(parts?.tied ?? {}),
  ]);
  for (const [d, { high, blocks }] of dimensions.entries()) {
    const still = blocks.find((block) => known.includes(block) && !movable.has(block));
    if (still !== undefined) return still;
    const weights = decode(
      space,
      lows.map((low, i) => (i === d ? high : low)),
    );
    const merged = effectiveWeights(weights, capabilities, architecture);
    const other = Object.keys(weights).find((block) => weights[block] !== merged[block]);
    if (other !== undefined) return other;
  }
  return undefined;
}
