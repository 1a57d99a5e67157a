/** Weights by block: all alike, or only those that a family has. The blocks themselves are in architectures/. */
import type { Architecture, BlockName, BlockWeights } from '../architectures/architecture.ts';
import { blocksOf, weighableBlocksOf } from '../architectures/registry.ts';

export type { Architecture, BlockName, BlockWeights } from '../architectures/architecture.ts';
export { blocksOf } from '../architectures/registry.ts';

/** The same blocks with the very same numbers. */
export function sameWeights(one: BlockWeights, other: BlockWeights): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}

/** Only the blocks of the architecture, in search order. */
export function pickBlocks(weights: BlockWeights, architecture: Architecture): BlockWeights {
  const picked: Record<BlockName, number> = {};
  for (const name of weighableBlocksOf(architecture)) {
    const value = weights[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

/** The same weight for every block of a search; blocks that are off unless asked for stay model A's. */
export function uniformWeights(value: number, architecture: Architecture): BlockWeights {
  return Object.fromEntries(blocksOf(architecture).map((name) => [name, value]));
}

/** The blocks that the weights of such a model are about: all of a search, and optional ones that have a weight. */
export function blocksIn(weights: BlockWeights, architecture: Architecture): BlockName[] {
  const searched = blocksOf(architecture);
  return weighableBlocksOf(architecture).filter(
    (name) => searched.includes(name) || weights[name] !== undefined,
  );
}
