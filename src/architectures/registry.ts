/**
 * All model families that autombw knows, and the only place that knows them.
 *
 * To add one:
 * 1. Write its row in a file of its own beside this one, `flux.ts`, after the contract in architecture.ts. Name the blocks as
 *    the family's own keys do (`double_blocks.0`); count on nothing but the header to recognise it. A family of several sizes
 *    has a row for each (made by one function of the depth): the id alone says which blocks there are, in old journals too.
 *    Files that spell keys in another way (no prefix, other names of norms) are to be renamed when they are opened, so that a
 *    row knows one spelling.
 * 2. Add it to `ROWS`, and its id to ids.ts. The order is that of the tests: a family whose signs another one has too comes first, and the other
 *    one's test must still exclude it, for no two rows may match one file.
 * 3. Add a made header to tests/unit/architectures/rows.test.ts: the contract there checks names, orders and keys.
 * 4. Leave out what the family does not have. Without `lists`, its history is a CSV with named columns and it has no recipe
 *    file; without `comfyNode`, ComfyUI cannot merge it by a node.
 */
import { usageError } from '../shared/errors.ts';
import type { Architecture, ArchitectureRow, BlockName, HeaderView, Match } from './architecture.ts';
import { sd1 } from './sd1.ts';
import { sd2 } from './sd2.ts';
import { sdxl } from './sdxl.ts';

const ROWS: ArchitectureRow[] = [sd1, sd2, sdxl];

export { ARCHITECTURES, DEFAULT_ARCHITECTURE } from './ids.ts';

/** In the order of their tests. */
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
  const row = ROWS.find((one) => one.id === id);
  if (row !== undefined) return row;
  const ids = ROWS.map((one) => one.id);
  throw usageError(
    'architecture-unknown',
    `This version of autombw does not know the architecture "${id}"; it knows ${ids.join(', ')}.`,
  );
}

export function isArchitecture(id: string): boolean {
  return ROWS.some((row) => row.id === id);
}

/** The family of a file; undefined for every other file. */
export function recogniseArchitecture(
  header: HeaderView,
): (Match & { readonly architecture: Architecture }) | undefined {
  for (const row of ROWS) {
    const match = row.recognise(header);
    if (match !== undefined) return { architecture: row.id, ...match };
  }
  return undefined;
}

/** The blocks of a search in search order: 27 for SD1 and SD2, 21 for SDXL. */
export function blocksOf(architecture: Architecture): readonly BlockName[] {
  return architectureRow(architecture).blocks;
}

/** The same, and those that are off unless somebody asks for them. */
export function allBlocksOf(architecture: Architecture): readonly BlockName[] {
  const { blocks, optionalBlocks } = architectureRow(architecture);
  return [...blocks, ...optionalBlocks];
}

/** Names of all blocks of all families, once each, those that are off unless asked for last. */
export function blockNames(): BlockName[] {
  return [
    ...new Set([
      ...ROWS.flatMap(({ blocks }) => blocks),
      ...ROWS.flatMap(({ optionalBlocks }) => optionalBlocks),
    ]),
  ];
}

/** A block of some family? */
export function isBlockName(text: string): boolean {
  return ROWS.some(({ blocks, optionalBlocks }) => blocks.includes(text) || optionalBlocks.includes(text));
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

/** The part of a checkpoint that a key belongs to, in any family: the network, `text encoder`, `VAE`; undefined for the rest. */
export function partOf(key: string): string | undefined {
  for (const { network, parts } of ROWS) {
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
