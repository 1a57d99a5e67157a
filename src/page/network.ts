/** The drawing of the network as the page gets it. */
import type { SearchPlan } from '../journal/record.ts';
import { layoutOf, type PlacedBlock } from '../report/network-layout.ts';
import type { BlockWeights } from '../types.ts';
import type { PageNetwork } from './state.ts';

/** @param weights of any trial: they name the blocks */
export function networkOf(plan: SearchPlan | undefined, weights: BlockWeights): PageNetwork {
  const { width, height, block: size, blocks, path, skips } = layoutOf(plan?.space.architecture, weights);
  const ends = ([from, to]: readonly [PlacedBlock, PlacedBlock]) =>
    [
      from.x + size.width / 2,
      from.y + size.height / 2,
      to.x + size.width / 2,
      to.y + size.height / 2,
    ] as const;
  return {
    width,
    height,
    blockWidth: size.width,
    blockHeight: size.height,
    blocks: blocks.map(({ block, x, y }) => ({ block, x, y, range: rangeOf(plan, block) })),
    path: path.map(ends),
    skips: skips.map(ends),
  };
}

function rangeOf(plan: SearchPlan | undefined, block: string): string | null {
  const { dimensions = [], curves = [] } = plan?.space ?? {};
  const own = dimensions.find(({ blocks }) => blocks.includes(block));
  if (own !== undefined) return `${own.low} to ${own.high}`;
  const curve = curves.find(({ blocks }) => blocks.some((place) => place.includes(block)));
  return curve === undefined ? null : `on the curve ${curve.name}`;
}
