/** Where the blocks of a network stand in its drawing. */
import { architectureRow, inSearchOrder, isArchitecture } from '../architectures/registry.ts';
import type { BlockName, BlockWeights } from '../types.ts';

export interface PlacedBlock {
  readonly block: BlockName;
  readonly x: number;
  readonly y: number;
}

export interface NetworkLayout {
  readonly width: number;
  readonly height: number;
  readonly block: { readonly width: number; readonly height: number };
  readonly blocks: readonly PlacedBlock[];
  /** From block to block, as data goes. */
  readonly path: readonly (readonly [PlacedBlock, PlacedBlock])[];
  /** What goes past the deeper blocks. */
  readonly skips: readonly (readonly [PlacedBlock, PlacedBlock])[];
}

/** As wide as a small phone shows it without shrinking. */
const WIDTH = 340;
const EDGE = 5;
const PITCH = 33;
const U_BLOCK = { width: 120, height: 25 };
const COLUMN_BLOCK = { width: 160, height: 25 };

/** Blocks with a weight, in the order in which people list them; as data goes where the family is known. */
export function blocksInOrder(architecture: string | undefined, weights: BlockWeights): readonly BlockName[] {
  const named = Object.keys(weights);
  if (architecture === undefined || !isArchitecture(architecture)) return inSearchOrder(named);
  const { path } = architectureRow(architecture);
  const onPath = path.filter((block) => named.includes(block));
  return [...onPath, ...inSearchOrder(named).filter((block) => !onPath.includes(block))];
}

/** A U for a UNet of which both sides are equally long, columns for everything else. */
export function layoutOf(architecture: string | undefined, weights: BlockWeights): NetworkLayout {
  const blocks = blocksInOrder(architecture, weights);
  const sides = sidesOf(architecture, blocks);
  return sides === undefined ? columns(blocks, rowsOf(architecture)) : uShape(blocks, sides);
}

/** What goes from block to block: parts outside the rows, and kinds of layers, are not one behind the other. Undefined where nobody knows. */
function rowsOf(architecture: string | undefined): readonly (readonly BlockName[])[] | undefined {
  if (architecture === undefined || !isArchitecture(architecture)) return undefined;
  const { layout, kinds, sides, path } = architectureRow(architecture);
  return layout === undefined && kinds !== true ? [path] : sides;
}

/** Blocks that a U has room for beside those of its two sides. */
const MOST_BESIDE = 8;

interface Sides {
  readonly down: readonly BlockName[];
  readonly up: readonly BlockName[];
}

/** A journal without a plan may still name the blocks of a UNet. */
function sidesOf(architecture: string | undefined, blocks: readonly BlockName[]): Sides | undefined {
  if (architecture !== undefined && isArchitecture(architecture)) {
    if (architectureRow(architecture).network.name !== 'UNet') return undefined;
  }
  const down = blocks.filter((block) => /^IN\d\d$/.test(block));
  const up = blocks.filter((block) => /^OUT\d\d$/.test(block));
  // Layers of text encoders would stand above the U in a tower.
  if (blocks.length - down.length - up.length > MOST_BESIDE) return undefined;
  return down.length > 0 && down.length === up.length ? { down, up } : undefined;
}

/** Both sides from the top, `OUT` above the last block, what stands beside the path above the first one. */
function uShape(blocks: readonly BlockName[], { down, up }: Sides): NetworkLayout {
  const right = WIDTH - EDGE - U_BLOCK.width;
  const others = blocks.filter((block) => !down.includes(block) && !up.includes(block));
  const middle = others.filter((block) => block === 'M00');
  const last = others.filter((block) => block === 'OUT');
  const beside = others.filter((block) => block !== 'M00' && block !== 'OUT');
  const headRows = Math.max(beside.length, last.length);
  const top = EDGE + headRows * PITCH + (headRows > 0 ? 6 : 0);
  const placedDown = down.map((block, i) => ({ block, x: EDGE, y: top + i * PITCH }));
  const placedUp = up.map((block, i) => ({ block, x: right, y: top + (up.length - 1 - i) * PITCH }));
  const bottom = top + down.length * PITCH + 6;
  const placedMiddle = middle.map((block) => ({ block, x: (WIDTH - U_BLOCK.width) / 2, y: bottom }));
  const placedLast = last.map((block) => ({ block, x: right, y: EDGE + (headRows - 1) * PITCH }));
  const placedBeside = beside.map((block, i) => ({ block, x: EDGE, y: EDGE + i * PITCH }));
  const path = [...placedDown, ...placedMiddle, ...placedUp, ...placedLast];
  return {
    width: WIDTH,
    height: bottom + (middle.length > 0 ? PITCH : 0) + EDGE,
    block: U_BLOCK,
    blocks: [...placedBeside, ...path],
    path: neighbours(path),
    skips: placedDown.flatMap((from, i) => {
      const to = placedUp[placedUp.length - 1 - i];
      return to === undefined ? [] : [[from, to] as const];
    }),
  };
}

/** One column down to twelve blocks, two for more. */
function columns(blocks: readonly BlockName[], rows?: readonly (readonly BlockName[])[]): NetworkLayout {
  const count = blocks.length > 12 ? 2 : 1;
  const perColumn = Math.ceil(blocks.length / count);
  const placed = blocks.map((block, i) => ({
    block,
    x: i < perColumn ? EDGE : WIDTH - EDGE - COLUMN_BLOCK.width,
    y: EDGE + (i % perColumn) * PITCH,
  }));
  return {
    width: count === 1 ? COLUMN_BLOCK.width + 2 * EDGE : WIDTH,
    height: perColumn * PITCH + 2 * EDGE,
    block: COLUMN_BLOCK,
    blocks: placed,
    path: neighbours(placed).filter(
      ([from, to]) =>
        from.x === to.x && (rows?.some((row) => row.includes(from.block) && row.includes(to.block)) ?? true),
    ),
    skips: [],
  };
}

function neighbours(placed: readonly PlacedBlock[]): (readonly [PlacedBlock, PlacedBlock])[] {
  return placed.slice(1).flatMap((to, i) => {
    const from = placed[i];
    return from === undefined ? [] : [[from, to] as const];
  });
}
