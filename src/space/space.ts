/**
 * The space of a search: which blocks move, between which bounds, on which grid, and which stand still or follow.
 * One codec maps a point (bare numbers, the optimizer's side) to named weights and back.
 */
import { usageError } from '../shared/errors.ts';
import type { Architecture, BlockName, BlockWeights } from '../architectures/architecture.ts';
import { allBlocksOf, architectureRow, blocksOf } from '../architectures/registry.ts';
import { neighbourGroups, parseGroup } from './groups.ts';

/** One free number: a block, or several that share one weight. */
interface SpaceDimension {
  /** The block's name, or the names joined by `+`. */
  readonly name: string;
  readonly blocks: readonly BlockName[];
  readonly low: number;
  readonly high: number;
  /** Steps between low and high; 0 = continuous. */
  readonly intervals: number;
}

export interface BlockSpace {
  readonly architecture: Architecture;
  readonly dimensions: readonly SpaceDimension[];
  /** Blocks that never move. Together with the dimensions they cover every block of the search. */
  readonly fixed: BlockWeights;
}

/** What the user said about one block: a number fixes it, `off` fixes it at its base weight, bounds clamp it. */
type BlockRule = number | 'off' | { readonly low: number; readonly high: number };

export interface SpaceSettings {
  readonly architecture: Architecture;
  readonly low: number;
  readonly high: number;
  readonly intervals: number;
  readonly blocks: Readonly<Record<BlockName, BlockRule | undefined>>;
  /** Weights of the blocks that are off; 0 where it has none. */
  readonly base?: BlockWeights;
  /** Texts of {@link parseGroup}: blocks that share one weight. */
  readonly groups?: readonly string[];
  /** 1 to 4: so many neighbours share one weight. */
  readonly testGrouping?: number;
  /** Blocks that follow another one because the backend cannot set them on their own. */
  readonly tied?: Readonly<Record<BlockName, BlockName>>;
  /** Blocks that the backend cannot move. */
  readonly pinned?: BlockWeights;
  /** Blocks off unless asked for that the backend can set; left out where that is not known. */
  readonly optional?: readonly BlockName[];
  /** What the backend can set at all. */
  readonly range?: { readonly low: number; readonly high: number };
}

/**
 * @throws usage errors `block-unknown` (not in this architecture), `block-not-free`, `bounds-reversed`,
 * `weight-out-of-range`, `group-invalid`
 */
export function createSpace(settings: SpaceSettings): BlockSpace {
  const { architecture } = settings;
  const all = allBlocksOf(architecture);
  for (const name of Object.keys(settings.blocks)) {
    if (!all.includes(name)) {
      throw usageError(
        'block-unknown',
        `Block ${name} does not exist in ${architecture}; its blocks are ${all.join(', ')}.`,
      );
    }
  }
  for (const name of all) if (settings.blocks[name] !== undefined) checkFree(name, settings);
  const fixed: Record<BlockName, number> = {};
  const dimensions: SpaceDimension[] = [];
  for (const blocks of sharingBlocks(settings)) {
    const [leader] = blocks;
    const pinned = leader === undefined ? undefined : settings.pinned?.[leader];
    if (pinned !== undefined) {
      for (const block of blocks) fixed[block] = pinned;
      continue;
    }
    const name = blocks.join('+');
    const { low, high } = boundsOf(blocks, settings);
    checkBounds(name, low, high, settings.range);
    if (low === high) {
      for (const block of blocks) fixed[block] = low;
    } else {
      dimensions.push({ name, blocks, low, high, intervals: settings.intervals });
    }
  }
  return { architecture, dimensions, fixed };
}

/** The blocks that the space says something about, in search order: those of the family, and optional ones asked for. */
export function blocksOfSpace({ architecture, dimensions, fixed }: BlockSpace): BlockName[] {
  const said = new Set([...dimensions.flatMap(({ blocks }) => blocks), ...Object.keys(fixed)]);
  const searched = blocksOf(architecture);
  return allBlocksOf(architecture).filter((name) => searched.includes(name) || said.has(name));
}

/** Point to named weights: every block of the space has one. */
export function decode(space: BlockSpace, point: readonly number[]): BlockWeights {
  if (point.length !== space.dimensions.length) {
    throw new RangeError(`a point of this space has ${space.dimensions.length} numbers, not ${point.length}`);
  }
  const moving: Record<BlockName, number> = {};
  for (const [d, dimension] of space.dimensions.entries()) {
    for (const block of dimension.blocks) moving[block] = point[d] ?? Number.NaN;
  }
  // Search order, whatever the order in which blocks were given: equal weights are equal as text too.
  return Object.fromEntries(
    blocksOfSpace(space).map((name) => [name, moving[name] ?? space.fixed[name] ?? 0]),
  );
}

/**
 * Named weights to the nearest point of the space. Blocks without a weight stand in the middle, but for optional ones,
 * which are model A's then; a group takes the mean of its blocks. The optimizer snaps the point to its grid.
 */
export function encode(space: BlockSpace, weights: BlockWeights): number[] {
  const { optionalBlocks } = architectureRow(space.architecture);
  return space.dimensions.map(({ blocks, low, high }) => {
    const given = blocks.map(
      (block) => weights[block] ?? (optionalBlocks.includes(block) ? 0 : (low + high) / 2),
    );
    const mean = given.reduce((sum, value) => sum + value, 0) / given.length;
    return Math.min(high, Math.max(low, mean));
  });
}

/** Are these weights those of a point of the space? */
export function holds(space: BlockSpace, weights: BlockWeights): boolean {
  const nearest = decode(space, encode(space, weights));
  const names = new Set([...Object.keys(weights), ...Object.keys(nearest)]);
  return [...names].every((name) => Math.abs((weights[name] ?? 0) - (nearest[name] ?? 0)) < SAME_WEIGHT);
}

/** Rounding. */
const SAME_WEIGHT = 1e-9;

/** Every block once, with those that share its weight, in search order of the first of each. */
function sharingBlocks(settings: SpaceSettings): BlockName[][] {
  const { architecture, groups = [], testGrouping = 1, tied = {}, pinned = {} } = settings;
  const parsed = groups.map((text) => ({ text, group: parseGroup(text, architecture) }));
  const named = parsed.map(({ text, group }) => {
    checkGroup(text, group, settings);
    // A block that follows another one brings nothing of its own.
    return [...new Set(group.map((name) => tied[name] ?? name))];
  });
  const searched = blocksOf(architecture);
  const names = allBlocksOf(architecture).filter(
    (name) =>
      searched.includes(name) ||
      isAskedFor(name, settings) ||
      parsed.some(({ group }) => group.includes(name)),
  );
  const leaders = names.filter((name) => tied[name] === undefined);
  const taken = named.flat();
  const twice = taken.find((name, index) => taken.indexOf(name) !== index);
  if (twice !== undefined) {
    throw usageError(
      'group-invalid',
      `Block ${twice} is in two groups: one --group with all of them is meant?`,
    );
  }
  const free = leaders.filter(
    (name) => !taken.includes(name) && pinned[name] === undefined && !isFixed(settings.blocks[name]),
  );
  const all = [...named, ...neighbourGroups(testGrouping, free, architecture)];
  const grouped = new Set(all.flat());
  const alone = leaders.filter((name) => !grouped.has(name)).map((name) => [name]);
  return [...all, ...alone]
    .map((group) => group.flatMap((name) => [name, ...names.filter((other) => tied[other] === name)]))
    .map((group) => names.filter((name) => group.includes(name)))
    .toSorted(([a = ''], [b = '']) => names.indexOf(a) - names.indexOf(b));
}

/** An optional block at 0 is as if nobody had said anything of it. */
function isAskedFor(name: BlockName, { blocks, base }: SpaceSettings): boolean {
  const rule = blocks[name];
  if (rule === 'off') return (base?.[name] ?? 0) !== 0;
  return rule !== undefined && rule !== 0;
}

/** A weight that is shared can have one rule only. */
function checkGroup(text: string, group: readonly BlockName[], settings: SpaceSettings): void {
  const { blocks, pinned } = settings;
  for (const name of group) {
    checkOptional(name, settings);
    const weight = pinned?.[name];
    if (weight !== undefined) {
      throw usageError(
        'group-invalid',
        `--group ${text}: ${name} cannot be moved by this backend and stays at ${weight}; leave it out.`,
      );
    }
    if (isFixed(blocks[name])) {
      throw usageError(
        'group-invalid',
        `--group ${text}: ${name} is fixed by --block and cannot share a weight; leave it out of one of them.`,
      );
    }
  }
}

function isFixed(rule: BlockRule | undefined): boolean {
  return rule !== undefined && (typeof rule !== 'object' || rule.low === rule.high);
}

function boundsOf(
  names: readonly BlockName[],
  { blocks, base, low, high }: SpaceSettings,
): { readonly low: number; readonly high: number } {
  const rules = names.flatMap((name) => {
    const rule = blocks[name];
    if (rule === undefined) return [];
    if (rule === 'off') return [{ name, low: base?.[name] ?? 0, high: base?.[name] ?? 0 }];
    return [typeof rule === 'number' ? { name, low: rule, high: rule } : { name, ...rule }];
  });
  const [first, ...others] = rules;
  const other = others.find((rule) => rule.low !== first?.low || rule.high !== first.high);
  if (first !== undefined && other !== undefined) {
    throw usageError(
      'group-invalid',
      `${first.name} and ${other.name} share a weight but have other bounds (${first.low}:${first.high} and ${other.low}:${other.high}): give both the same.`,
    );
  }
  return first ?? { low, high };
}

/** What is said about a block that the backend cannot set would be ignored. */
function checkFree(name: BlockName, settings: SpaceSettings): void {
  const { tied, pinned } = settings;
  if (isAskedFor(name, settings)) checkOptional(name, settings);
  const leader = tied?.[name];
  const weight = pinned?.[name];
  if (leader === undefined && weight === undefined) return;
  throw usageError(
    'block-not-free',
    leader === undefined
      ? `Block ${name} cannot be moved by this backend and stays at ${weight}: leave --block ${name} out, or choose another --backend.`
      : `Block ${name} follows ${leader} in this backend: set ${leader} instead, or choose another --backend.`,
  );
}

function checkOptional(name: BlockName, { architecture, optional }: SpaceSettings): void {
  if (optional === undefined || optional.includes(name)) return;
  if (!architectureRow(architecture).optionalBlocks.includes(name)) return;
  throw usageError(
    'block-not-free',
    `Block ${name} cannot be set by this backend and stays model A's: leave it out, or choose --backend comfyui or checkpoint.`,
  );
}

function checkBounds(name: string, low: number, high: number, range: SpaceSettings['range']): void {
  if (low > high) {
    throw usageError(
      'bounds-reversed',
      `The lower bound of ${name}, ${low}, is above its upper bound, ${high}: swap them.`,
    );
  }
  if (range !== undefined && (low < range.low || high > range.high)) {
    throw usageError(
      'weight-out-of-range',
      `${name} may go from ${low} to ${high}, but this backend takes weights from ${range.low} to ${range.high} only.`,
    );
  }
}
