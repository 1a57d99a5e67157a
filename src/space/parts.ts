/** Text encoders and the VAE in a search: what a way of merging can do with them, and encoders layer by layer. */
import { usageError } from '../shared/errors.ts';
import type { Architecture, BlockName } from '../architectures/architecture.ts';
import { partBlocksOf, partNamesOf } from '../architectures/registry.ts';

/** What a way of merging can do with what is beside the network. */
export interface PartCapabilities {
  /** Parts and layers of them that can be set freely. */
  readonly free: readonly BlockName[];
  /** Parts that take the weight of another one, because one number is for both. */
  readonly tied?: Readonly<Record<BlockName, BlockName>>;
  /** Parts that are model A's or model B's as a whole: weight 0 or 1, nothing between. */
  readonly whole?: readonly BlockName[];
}

/** A way that leaves them at model A's. */
export const NO_PARTS: PartCapabilities = { free: [] };

/** @throws usage error `block-not-free` for a part that the way cannot set */
export function checkPart(
  name: BlockName,
  architecture: Architecture,
  capabilities: PartCapabilities | undefined,
): void {
  if (capabilities === undefined || !partNamesOf(architecture).includes(name)) return;
  const { free, tied = {}, whole = [] } = capabilities;
  if (free.includes(name) || whole.includes(name) || tied[name] !== undefined) return;
  const part = partBlocksOf(architecture).find(({ layers }) => layers.includes(name))?.name;
  const isWholeOnly = part !== undefined && (free.includes(part) || tied[part] !== undefined);
  throw usageError(
    'block-not-free',
    isWholeOnly
      ? `Block ${name} cannot be set by this backend, which merges a text encoder as a whole: search ${tied[part] ?? part} instead, or choose --backend checkpoint.`
      : `Block ${name} cannot be set by this backend and stays model A's: leave it out, or choose --backend checkpoint.`,
  );
}

/** @throws usage error `weight-out-of-range` for a weight between 0 and 1 of a part that has none */
export function checkWhole(name: BlockName, low: number, high: number): void {
  if ([low, high].every((weight) => weight === 0 || weight === 1)) return;
  throw usageError(
    'weight-out-of-range',
    `${name} is model A's or model B's in this backend, with nothing in between: give ${name}=0, ${name}=1 or ${name}=0:1, or choose --backend checkpoint.`,
  );
}

/**
 * The rules of text encoders as rules of their layers.
 * @returns the rules, and which of them are of layers that take them over
 * @throws usage error `block-unknown` where no text encoder has a rule
 */
export function layerByLayer<Rule>(
  blocks: Readonly<Record<BlockName, Rule | undefined>>,
  architecture: Architecture,
): {
  readonly blocks: Readonly<Record<BlockName, Rule | undefined>>;
  readonly layers: ReadonlySet<BlockName>;
} {
  const taken = new Set<BlockName>();
  const rules: Record<BlockName, Rule | undefined> = { ...blocks };
  const encoders = partBlocksOf(architecture).filter(({ layers }) => layers.length > 0);
  for (const { name, layers } of encoders) {
    const rule = blocks[name];
    if (rule === undefined) continue;
    delete rules[name];
    for (const layer of layers) {
      if (rules[layer] !== undefined) continue;
      rules[layer] = rule;
      taken.add(layer);
    }
  }
  if (taken.size > 0) return { blocks: rules, layers: taken };
  const names = encoders.map(({ name }) => name);
  throw usageError(
    'block-unknown',
    names.length === 0
      ? `--text-encoder-layers: ${architecture} has no text encoder in its files.`
      : `--text-encoder-layers: no text encoder is searched; add one, as in --block ${names[0]}=0:1.`,
  );
}
