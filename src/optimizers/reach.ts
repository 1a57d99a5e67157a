/** Weights that somebody asks for, brought into the space of a run: what it cannot reach is told by name. */
import { blocksOfSpace, decode, encode, parametersOfSpace, type BlockSpace } from '../space/space.ts';
import type { BlockWeights } from '../types.ts';
import { createGrid } from './ask-tell/grid.ts';
import type { Dimension } from './optimizer.ts';

interface Searched {
  readonly space: BlockSpace;
}

/** A block whose weight is another one than was asked for. */
export interface Moved {
  readonly block: string;
  readonly given: number;
  readonly used: number;
}

export interface Reach {
  readonly point: readonly number[];
  /** Of every block of the run. */
  readonly weights: BlockWeights;
  /** Brought to the nearest step of the search. */
  readonly rounded: readonly Moved[];
  /** Why the space does not hold what was asked for, a clause for each block; empty where it does. */
  readonly unreachable: readonly string[];
}

/** Weights that differ by less are the same in every merge. */
const SAME = 1e-6;
/** What no merge shows: a curve is fitted to weights. */
const SAME_ON_CURVE = 1e-3;

/**
 * @param asked by block, finite; blocks that are left out stay as in `rest`
 * @param rest weights of a merge of the run; of blocks that neither names the middle of the bounds is taken
 */
export function reachOf(plan: Searched, asked: BlockWeights, rest: BlockWeights): Reach {
  const { space } = plan;
  const wanted = { ...rest, ...alike(plan, asked), ...asked };
  const nearest = encode(space, wanted);
  const grid = createGrid(dimensionsOf(plan));
  const point = grid.values(grid.snap(grid.place(nearest)));
  const weights = decode(space, point);
  const exact = decode(space, nearest);
  const known = [...blocksOfSpace(space), ...parametersOfSpace(space)];
  const onCurve = new Set((space.curves ?? []).flatMap(({ blocks }) => blocks.flat()));
  const rounded: Moved[] = [];
  const unreachable: string[] = [];
  for (const [block, given] of Object.entries(asked)) {
    const used = weights[block];
    const met = exact[block];
    // Model A's, as in every merge of the run.
    if (!known.includes(block) && given === 0) continue;
    if (!known.includes(block) || used === undefined || met === undefined) {
      unreachable.push(`${block} is not a block of this search`);
      continue;
    }
    const same = onCurve.has(block) ? SAME_ON_CURVE : SAME;
    if (Math.abs(given - met) > same) unreachable.push(whyNot(plan, block, given, met));
    else if (Math.abs(given - used) > same) rounded.push({ block, given, used });
  }
  return { point, weights, rounded, unreachable };
}

/** Blocks that share a weight with one that was asked for follow it. */
function alike({ space }: Searched, asked: BlockWeights): BlockWeights {
  const following: Record<string, number> = {};
  for (const { blocks, knot } of space.dimensions) {
    const given = blocks.map((block) => asked[block]).filter((weight) => weight !== undefined);
    if (knot !== undefined || given.length === 0) continue;
    const mean = given.reduce((sum, weight) => sum + weight, 0) / given.length;
    for (const block of blocks) following[block] = mean;
  }
  return following;
}

function whyNot({ space }: Searched, block: string, given: number, met: number): string {
  const fixed = space.fixed[block];
  if (fixed !== undefined) return `${block} is fixed at ${short(fixed)}, not ${short(given)}`;
  const [model = '', member = block] = block.split('@');
  if (space.shares !== undefined && (space.shares.includes(model) || blocksOfSpace(space).includes(block))) {
    return `the models share ${member}, with weights from 0 to 1 that add up to at most 1 and are equal in grouped blocks: ${block} ${short(given)} becomes ${short(met)}`;
  }
  const dimension = space.dimensions.find(
    ({ name, blocks, knot }) => knot === undefined && (name === block || blocks.includes(block)),
  );
  if (dimension === undefined)
    return `the curve does not pass through ${block} ${short(given)} (${short(met)})`;
  const { blocks, low, high } = dimension;
  if (given < low || given > high)
    return `${block} is searched from ${short(low)} to ${short(high)}, not at ${short(given)}`;
  if (blocks.length === 0) return `${block} cannot be ${short(given)}, only ${short(met)}`;
  return `${blocks.join(', ')} share one weight: ${block} cannot be ${short(given)} alone`;
}

/** `IN00 0.33 becomes 0.3`, for people; empty where nothing was rounded. */
export function roundedText(rounded: readonly Moved[]): string {
  return rounded
    .map(({ block, given, used }) => `${block} ${short(given)} becomes ${short(used)}`)
    .join(', ');
}

function short(weight: number): number {
  return Math.round(weight * 1e6) / 1e6;
}

/** The space as optimizers see it. */
export function dimensionsOf({ space }: Searched): Dimension[] {
  return space.dimensions.map(({ name, low, high, intervals, parameter }) => ({
    name,
    low,
    high,
    intervals,
    ...(parameter?.choices !== undefined && { kind: 'choice' as const }),
  }));
}
