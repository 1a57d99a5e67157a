/** Which text encoders a search moves, and whether it moves the VAE. */
import type { BlockName } from '../architectures/architecture.ts';
import { partBlocksOf } from '../architectures/registry.ts';
import { parseGroup } from './groups.ts';
import { isAskedFor, isFixed, rulesByName, type SpaceSettings } from './rules.ts';

export interface SearchedPart {
  /** `TE`, `VAE`. */
  readonly name: BlockName;
  /** The whole, or those of its layers that are named. */
  readonly blocks: readonly BlockName[];
}

/** Without those that are held at a weight. @throws usage error `group-invalid` */
export function searchedParts(
  settings: Pick<SpaceSettings, 'architecture' | 'blocks' | 'groups'>,
): SearchedPart[] {
  const { architecture, groups = [] } = settings;
  const rules = rulesByName(settings.blocks, architecture);
  const grouped = new Set(groups.flatMap((text) => parseGroup(text, architecture)));
  const isSearched = (name: BlockName): boolean =>
    grouped.has(name) || (isAskedFor(name, { blocks: rules }) && !isFixed(rules[name]));
  return partBlocksOf(architecture).flatMap(({ name, layers }) => {
    const blocks = isSearched(name) ? [name] : layers.filter((layer) => isSearched(layer));
    return blocks.length === 0 ? [] : [{ name, blocks }];
  });
}
