/** What a backend really merges when it is given weights. */
import { blocksIn } from '../space/blocks.ts';
import type { Architecture, BlockWeights } from '../space/blocks.ts';
import { parametersIn } from '../space/parameters.ts';
import { NO_PARTS } from '../space/parts.ts';
import type { Capabilities } from './renderer.ts';

/** Blocks that follow another one, and those that cannot be moved, as they will be. What is A's or B's as a whole is B's above a half. */
export function effectiveWeights(
  weights: BlockWeights,
  { tied, fixed, parts }: Pick<Capabilities, 'tied' | 'fixed' | 'parts'>,
  architecture: Architecture,
): BlockWeights {
  const leaders = { ...tied, ...parts?.tied };
  // What follows a text encoder moves with it, named or not.
  const moved = Object.entries(parts?.tied ?? {}).filter(([, leader]) => weights[leader] !== undefined);
  const named = { ...Object.fromEntries(moved.map(([block]) => [block, 0])), ...weights };
  const blocks = Object.fromEntries(
    blocksIn(named, architecture).map((block) => {
      const weight = fixed[block] ?? weights[leaders[block] ?? block] ?? 0;
      return [block, parts?.whole?.includes(block) === true ? Number(weight > 0.5) : weight];
    }),
  );
  return { ...blocks, ...parametersIn(weights) };
}

/** In words, a sentence each: what of text encoders and VAE a way can move for who asks. */
export function describeParts({ parts = NO_PARTS }: Capabilities): string[] {
  const { free, tied = {}, whole = [] } = parts;
  const names = free.filter((name) => !name.includes('.'));
  const layered = names.filter((name) => free.some((layer) => layer.startsWith(`${name}.`)));
  const followers = Object.entries(tied).map(([block, leader]) => `${block} follows ${leader}`);
  const kinds = [
    ...layered.map((name) => `${name} (or its layers)`),
    ...names.filter((name) => !layered.includes(name)),
    ...whole.map((name) => `${name} (0 or 1)`),
  ];
  if (kinds.length === 0) return ["Text encoders and VAE stay model A's."];
  return [
    `With --block also ${kinds.join(', ')}${followers.length === 0 ? '' : `; ${followers.join(', ')}`}.`,
  ];
}

/** In words, a sentence each: what a search over this way cannot set freely. */
export function describeLimits({ free, tied, fixed, range }: Capabilities): string[] {
  if (free.length === 0)
    return ['No block is merged: images come from model A and whatever else is searched.'];
  const followers = Object.entries(tied).map(([block, leader]) => `${block} follows ${leader}`);
  const pinned = Object.entries(fixed);
  const values = [...new Set(pinned.map(([, weight]) => weight))];
  return [
    ...(followers.length === 0 ? [] : [`${followers.join(', ')}.`]),
    ...values.map((value) => {
      const blocks = pinned.filter(([, weight]) => weight === value).map(([block]) => block);
      const where = value === 0 ? "model A's" : `at ${value}`;
      return `${blocks.join(', ')} cannot be changed and ${blocks.length === 1 ? 'stays' : 'stay'} ${where}.`;
    }),
    ...(range.low > -1 || range.high < 2 ? [`Weights go from ${range.low} to ${range.high}.`] : []),
  ];
}
