/**
 * All model families that autombw knows, and the only place that knows them.
 *
 * To add one:
 * 1. A transformer, whose blocks are counted in the file, goes into transformers/families.ts, and has no row here. Anything else
 *    has a row in a file of its own beside this one, after the contract in architecture.ts. Count on nothing but the header to
 *    recognise it. The id alone says which blocks there are, in old journals too.
 * 2. Add it to `ROWS`, and its id to ids.ts. The order is that of the tests: a family whose signs another one has too comes first, and the other
 *    one's test must still exclude it, for no two rows may match one file.
 * 3. Add a made header to tests/unit/architectures/rows.test.ts: the contract there checks names, orders and keys.
 * 4. Leave out what the family does not have. Without `lists`, its history is a CSV with named columns and it has no recipe
 *    file; without `comfyNode`, ComfyUI cannot merge it by a node.
 */
import { usageError } from '../shared/errors.ts';
import type {
  Architecture,
  ArchitectureRow,
  BlockName,
  BlockWeights,
  HeaderView,
  Match,
  PartBlock,
} from './architecture.ts';
import { hasKinds, isKindOfLayer, kindsOf, kindsRow, withoutKinds } from './kinds.ts';
import { partOfKey, TEXT_ENCODERS } from './part-blocks.ts';
import { sd1 } from './sd1.ts';
import { sd2 } from './sd2.ts';
import { sdxl } from './sdxl.ts';
import { isTransformerBlock } from './transformers/block-names.ts';
import { idOf } from './transformers/layout.ts';
import { recogniseTransformer, transformerRow } from './transformers/row.ts';

const ROWS: ArchitectureRow[] = [sd1, sd2, sdxl];

export { ARCHITECTURES, DEFAULT_ARCHITECTURE } from './ids.ts';

/** Those with a row of their own, in the order of their tests: what a search can be for. */
export function architectureRows(): readonly ArchitectureRow[] {
  return ROWS;
}

/**
 * Adds a family, for a program that has one of its own. Command-line options know the families of this package only.
 * @returns takes it out again
 */
export function registerArchitecture(row: ArchitectureRow): () => void {
  if (ROWS.some(({ id }) => id === row.id))
    throw new RangeError(`there is an architecture ${row.id} already`);
  ROWS.push(row);
  return () => {
    ROWS.splice(ROWS.indexOf(row), 1);
  };
}

/** @throws usage error `architecture-unknown` for an id of no row: a file that a newer version wrote */
export function architectureRow(id: Architecture): ArchitectureRow {
  const row = rowOf(id);
  if (row !== undefined) return row;
  const ids = ROWS.map((one) => one.id);
  throw usageError(
    'architecture-unknown',
    `This version of autombw does not know the architecture "${id}"; it knows ${ids.join(', ')}.`,
  );
}

export function isArchitecture(id: string): boolean {
  return rowOf(id) !== undefined;
}

function rowOf(id: Architecture): ArchitectureRow | undefined {
  const base = withoutKinds(id);
  if (base === undefined) return ROWS.find((one) => one.id === id) ?? transformerRow(id);
  const row = rowOf(base);
  return row && kindsRow(row);
}

/**
 * The same family with its blocks divided by kind of layer.
 * @throws usage error `architecture-unknown` for one of which no kinds are known
 */
export function byKind(architecture: Architecture): Architecture {
  const row = architectureRow(architecture);
  if (row.kinds === true || hasKinds(row)) return kindsOf(architecture);
  throw usageError(
    'architecture-unknown',
    `autombw does not know the layers of ${row.title}, so it cannot split its blocks by kind; leave that out.`,
  );
}

/**
 * The division of the family's blocks that fits: by depth, or by kind of layer.
 * @param fits tells whether all names that somebody gave are among the blocks
 * @returns the architecture given where neither fits
 */
export function divisionThat(
  fits: (blocks: readonly BlockName[]) => boolean,
  architecture: Architecture,
): Architecture {
  const row = architectureRow(architecture);
  if (row.kinds === true || !hasKinds(row) || fits(weighableBlocksOf(architecture))) return architecture;
  const divided = kindsOf(architecture);
  return fits(weighableBlocksOf(divided)) ? divided : architecture;
}

/** The family of a file; undefined for every other file. */
export function recogniseArchitecture(
  header: HeaderView,
): (Match & { readonly architecture: Architecture }) | undefined {
  for (const row of ROWS) {
    const match = row.recognise(header);
    if (match !== undefined) return { architecture: row.id, ...match };
  }
  const found = recogniseTransformer(header);
  return found && { architecture: idOf(found.layout), variant: found.variant };
}

/** The blocks of a search in search order: 27 for SD1 and SD2, 21 for SDXL, of transformers as many as the file has. */
export function blocksOf(architecture: Architecture): readonly BlockName[] {
  return architectureRow(architecture).blocks;
}

/** The blocks of the network: the same, and those that are off unless somebody asks for them. */
export function allBlocksOf(architecture: Architecture): readonly BlockName[] {
  const { blocks, optionalBlocks } = architectureRow(architecture);
  return [...blocks, ...optionalBlocks];
}

/** Text encoders and VAE as blocks. */
export function partBlocksOf(architecture: Architecture): readonly PartBlock[] {
  return architectureRow(architecture).partBlocks ?? [];
}

/** Their names, and behind those of all of them the names of their layers. */
export function partNamesOf(architecture: Architecture): BlockName[] {
  return namesOf(partBlocksOf(architecture));
}

function namesOf(parts: readonly PartBlock[]): BlockName[] {
  return [...parts.map(({ name }) => name), ...parts.flatMap(({ layers }) => layers)];
}

/** All that may have a weight: the blocks of the network, then text encoders, the VAE, and their layers. */
export function weighableBlocksOf(architecture: Architecture): readonly BlockName[] {
  return [...allBlocksOf(architecture), ...partNamesOf(architecture)];
}

/** All that stays model A's unless somebody asks for it by name. */
export function optionalBlocksOf(architecture: Architecture): readonly BlockName[] {
  return [...architectureRow(architecture).optionalBlocks, ...partNamesOf(architecture)];
}

/**
 * The block with the weight of a tensor of a text encoder or VAE: its layer where that has a weight, else the whole part; undefined where
 * neither has one, so that it stays model A's.
 */
export function partBlockOf(
  key: string,
  architecture: Architecture,
  weights: BlockWeights,
): BlockName | undefined {
  const part = partOfKey(key, partBlocksOf(architecture));
  const layer = part?.layerOf(key);
  return [layer, part?.name].find((name) => name !== undefined && weights[name] !== undefined);
}

/** The weight of a block; of a layer without one, that of the encoder that it is of; of an encoder without one, the mean of its layers'. */
export function weightOfBlock(
  name: BlockName,
  architecture: Architecture,
  weights: BlockWeights,
): number | undefined {
  const own = weights[name];
  if (own !== undefined) return own;
  const parts = partBlocksOf(architecture);
  const whole = parts.find(({ layers }) => layers.includes(name))?.name;
  if (whole !== undefined) return weights[whole];
  const layers = parts.find((part) => part.name === name)?.layers ?? [];
  const given = layers.map((layer) => weights[layer]).filter((weight) => weight !== undefined);
  return given.length === 0 ? undefined : given.reduce((sum, weight) => sum + weight, 0) / given.length;
}

/** Rows of neighbours of one kind: those of the network, and the layers of each text encoder. */
export function neighboursOf(architecture: Architecture): readonly (readonly BlockName[])[] {
  const layers = partBlocksOf(architecture).map(({ depth }) => depth);
  return [...architectureRow(architecture).sides, ...layers.filter(({ length }) => length > 0)];
}

/**
 * Names of all blocks of the families with a row, once each, those that are off unless asked for last; and of what transformers have
 * beside their network.
 */
export function blockNames(): BlockName[] {
  return [
    ...new Set([
      ...ROWS.flatMap(({ blocks }) => blocks),
      ...ROWS.flatMap(({ optionalBlocks }) => optionalBlocks),
      ...namesOf([...ROWS.flatMap(({ partBlocks = [] }) => partBlocks), ...Object.values(TEXT_ENCODERS)]),
    ]),
  ];
}

/** A block of some family? */
export function isBlockName(text: string): boolean {
  return (
    ROWS.some(
      ({ blocks, optionalBlocks, partBlocks = [] }) =>
        blocks.includes(text) || optionalBlocks.includes(text) || isOfParts(text, partBlocks),
    ) ||
    isOfParts(text, Object.values(TEXT_ENCODERS)) ||
    isTransformerBlock(text) ||
    isKindOfLayer(text)
  );
}

function isOfParts(text: string, parts: readonly PartBlock[]): boolean {
  return parts.some(({ name, layers }) => name === text || layers.includes(text));
}

/** The block that is meant, whatever the case; undefined where there is none of that name among those given. */
export function findBlock(text: string, among: readonly BlockName[] = blockNames()): BlockName | undefined {
  return among.find((name) => name.toLowerCase() === text.toLowerCase());
}

/** Blocks that several lists or rows have, once each and in search order; names of no family come last, as given. */
export function inSearchOrder(names: Iterable<BlockName>): BlockName[] {
  const given = new Set(names);
  const known = blockNames().filter((name) => given.has(name));
  return [...known, ...[...given].filter((name) => !known.includes(name))];
}

/** Do both have the same network, so that one can be merged as the other? */
export function haveSameBlocks(one: Architecture, other: Architecture): boolean {
  const [a, b] = [blocksOf(one), blocksOf(other)];
  return a.length === b.length && a.every((name) => b.includes(name));
}

/** The families whose network is another one. */
export function otherNetworks(architecture: Architecture): ArchitectureRow[] {
  return ROWS.filter(({ id }) => !haveSameBlocks(id, architecture));
}

/**
 * The part of a checkpoint that a key belongs to: the network, `text encoder`, `VAE`; undefined for the rest.
 * @param architecture in any family unless given
 */
export function partOf(key: string, architecture?: Architecture): string | undefined {
  for (const { network, parts } of architecture === undefined
    ? ROWS
    : [architectureRow(architecture), ...ROWS]) {
    if (key.startsWith(network.prefix)) return network.name;
    const part = parts.find(({ prefixes }) => prefixes.some((prefix) => key.startsWith(prefix)));
    if (part !== undefined) return part.name;
  }
  return undefined;
}

/** Where the keys of a part begin, over all families. */
export function prefixesOf(part: string): string[] {
  const all = ROWS.flatMap(({ network, parts }) => [
    ...(network.name === part ? [network.prefix] : []),
    ...parts.flatMap(({ name, prefixes }) => (name === part ? prefixes : [])),
  ]);
  return [...new Set(all)];
}
