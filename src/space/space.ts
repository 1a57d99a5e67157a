/**
 * The space of a search: which blocks move, between which bounds, on which grid, and which stand still or follow.
 * One codec maps a point (bare numbers, the optimizer's side) to named weights and back.
 */
import { usageError } from '../errors.ts';
import { blocksOf, type Architecture, type BlockName, type BlockWeights } from './blocks.ts';

/** One free number: a block, or several that share one weight. */
export interface SpaceDimension {
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
  /** Blocks that never move. Together with the dimensions they cover every block of the architecture. */
  readonly fixed: BlockWeights;
}

/** What the user said about one block: a number fixes it, bounds clamp it. */
export type BlockRule = number | { readonly low: number; readonly high: number };

export interface SpaceSettings {
  readonly architecture: Architecture;
  readonly low: number;
  readonly high: number;
  readonly intervals: number;
  readonly blocks: Readonly<Partial<Record<BlockName, BlockRule>>>;
  /** Blocks that follow another one because the merge way cannot set them on their own. */
  readonly tied?: Readonly<Partial<Record<BlockName, BlockName>>>;
  /** Blocks that the merge way cannot move. */
  readonly pinned?: BlockWeights;
  /** What the merge way can set at all. */
  readonly range?: { readonly low: number; readonly high: number };
}

/**
 * @throws usage errors `block-unknown` (not in this architecture), `bounds-reversed`, `weight-out-of-range`
 */
export function createSpace(settings: SpaceSettings): BlockSpace {
  const names = blocksOf(settings.architecture);
  for (const name of Object.keys(settings.blocks)) {
    if (!(names as readonly string[]).includes(name)) {
      throw usageError(
        'block-unknown',
        `Block ${name} does not exist in ${settings.architecture}; its blocks are ${names.join(', ')}.`,
      );
    }
  }
  const tied = settings.tied ?? {};
  for (const name of names) if (settings.blocks[name] !== undefined) checkFree(name, settings);
  const fixed: Partial<Record<BlockName, number>> = {};
  const dimensions: SpaceDimension[] = [];
  for (const name of names) {
    if (tied[name] !== undefined) continue;
    const pinned = settings.pinned?.[name];
    if (pinned !== undefined) {
      fixed[name] = pinned;
      continue;
    }
    const followers = names.filter((other) => tied[other] === name);
    const blocks = [name, ...followers];
    const rule = settings.blocks[name] ?? { low: settings.low, high: settings.high };
    const low = typeof rule === 'number' ? rule : rule.low;
    const high = typeof rule === 'number' ? rule : rule.high;
    checkBounds(blocks.join('+'), low, high, settings.range);
    if (low === high) {
      for (const block of blocks) fixed[block] = low;
    } else {
      dimensions.push({ name: blocks.join('+'), blocks, low, high, intervals: settings.intervals });
    }
  }
  return { architecture: settings.architecture, dimensions, fixed };
}

/** Point to named weights: every block of the architecture has one. */
export function decode(space: BlockSpace, point: readonly number[]): BlockWeights {
  if (point.length !== space.dimensions.length) {
    throw new RangeError(`a point of this space has ${space.dimensions.length} numbers, not ${point.length}`);
  }
  const moving: Partial<Record<BlockName, number>> = {};
  for (const [d, dimension] of space.dimensions.entries()) {
    for (const block of dimension.blocks) moving[block] = point[d] ?? Number.NaN;
  }
  // Search order, whatever the order in which blocks were given: equal weights are equal as text too.
  return Object.fromEntries(
    blocksOf(space.architecture).map((name) => [name, moving[name] ?? space.fixed[name] ?? 0]),
  );
}

/**
 * Named weights to the nearest point of the space. Blocks without a weight stand in the middle; a group takes the
 * mean of its blocks. The optimizer snaps the point to its grid.
 */
export function encode(space: BlockSpace, weights: BlockWeights): number[] {
  return space.dimensions.map(({ blocks, low, high }) => {
    const given = blocks.map((block) => weights[block] ?? (low + high) / 2);
    const mean = given.reduce((sum, value) => sum + value, 0) / given.length;
    return Math.min(high, Math.max(low, mean));
  });
}

/** What is said about a block that the merge way cannot set would be ignored. */
function checkFree(name: BlockName, { tied, pinned }: SpaceSettings): void {
  const leader = tied?.[name];
  const weight = pinned?.[name];
  if (leader === undefined && weight === undefined) return;
  throw usageError(
    'block-not-free',
    leader === undefined
      ? `Block ${name} cannot be moved by this way of merging and stays at ${weight}: leave --block ${name} out, or choose another --backend.`
      : `Block ${name} follows ${leader} in this way of merging: set ${leader} instead, or choose another --backend.`,
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
      `${name} may go from ${low} to ${high}, but this way of merging takes weights from ${range.low} to ${range.high} only.`,
    );
  }
}
