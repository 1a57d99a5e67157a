/** What a backend really merges when it is given weights. */
import { blocksIn } from '../space/blocks.ts';
import type { Architecture, BlockWeights } from '../space/blocks.ts';
import type { Capabilities } from './renderer.ts';

/** Blocks that follow another one, and those that cannot be moved, as they will be. */
export function effectiveWeights(
  weights: BlockWeights,
  { tied, fixed }: Pick<Capabilities, 'tied' | 'fixed'>,
  architecture: Architecture,
): BlockWeights {
  return Object.fromEntries(
    blocksIn(weights, architecture).map((block) => [
      block,
      fixed[block] ?? weights[tied[block] ?? block] ?? 0,
    ]),
  );
}

/** In words, a sentence each: what a search over this way cannot set freely. */
export function describeLimits({ tied, fixed, range }: Capabilities): string[] {
  const followers = Object.entries(tied).map(([block, leader]) => `${block} follows ${leader}`);
  const pinned = Object.entries(fixed);
  const values = [...new Set(pinned.map(([, weight]) => weight))];
  return [
    ...(followers.length === 0 ? [] : [`${followers.join(', ')}.`]),
    ...values.map(
      (value) =>
        `${pinned
          .filter(([, weight]) => weight === value)
          .map(([block]) => block)
          .join(', ')} cannot be moved and stay at ${value}.`,
    ),
    ...(range.low > -1 || range.high < 2 ? [`Weights go from ${range.low} to ${range.high}.`] : []),
  ];
}
