/**
 * Blocks that are shared out among several models: in every block the weights of models B, C and further ones are at least 0 and add up to at most
 * 1, and the rest is model A. An optimizer sees a box of free numbers from 0 to 1 all the same, one for each of the models. The first says what B
 * breaks off the whole block, the next what C breaks off what is left then, and so on; each number is how likely it is that less is broken off,
 * if all ways of sharing out are equally likely. So a uniform box is a uniform simplex, a step is much the same wherever it is taken, and every
 * point can be found again from its weights. (Breaking sticks: Connor and Mosimann 1969; with the beta distributions that make it uniform: Devroye
 * 1986, XI.4; the transformation: Rosenblatt 1952.)
 */
import { blocksLike, inOrderOfExactness } from '../architectures/block-patterns.ts';
import type { BlockName, BlockWeights } from '../architectures/architecture.ts';
import { usageError } from '../shared/errors.ts';
import type { SpaceDimension } from './dimension.ts';
import type { SpaceSettings } from './rules.ts';

/** Enough for every merge, and no tail of digits in recipes and histories. */
const DECIMALS = 6;

export function rounded(weight: number): number {
  return Math.round(weight * 10 ** DECIMALS) / 10 ** DECIMALS;
}

/**
 * @param place one number from 0 to 1 for each model behind A
 * @returns their weights; A has the rest. What is left over is rounded and never rises, so that no weight is below 0 and all add up to at most 1
 */
export function sharesAt(place: readonly number[]): number[] {
  let rest = 1;
  let left = 1;
  return place.map((value, n) => {
    rest *= (1 - value) ** (1 / (place.length - n));
    const before = left;
    left = rounded(rest);
    return rounded(before - left);
  });
}

/**
 * The other way round. Weights that share out more than there is are made smaller in proportion, those below 0 are taken as 0.
 * @returns where nothing is left for a model, its number is 0
 */
export function placeOf(weights: readonly number[]): number[] {
  const some = weights.map((weight) => Math.max(0, weight));
  const sum = some.reduce((all, weight) => all + weight, 0);
  let rest = 1;
  return some.map((weight, n) => {
    const share = sum > 1 ? weight / sum : weight;
    const before = rest;
    rest = Math.max(0, rest - share);
    return before <= NOTHING ? 0 : 1 - (rest <= NOTHING ? 0 : rest / before) ** (some.length - n);
  });
}

/** Rounding. */
const NOTHING = 1e-9;

/** What the weight of a model in a block is called. @param model `multi-sum:c` */
function shareName(model: string, block: BlockName): string {
  return `${model}@${block}`;
}

/** @throws usage errors for what cannot go with it */
export function checkShares({ low, high, curve = [], parameters = [], shares = [] }: SpaceSettings): void {
  if (curve.length > 0) {
    throw usageError(
      'curve-invalid',
      '--shares cannot be combined with --curve: use --group or --test-grouping for fewer weights.',
    );
  }
  if (low !== 0 || high !== 1) {
    throw usageError(
      'weight-out-of-range',
      `With --shares the weights of a block go from 0 to 1, not ${low} to ${high}: leave out --low and --high.`,
    );
  }
  const own = parameters.find(({ name }) => shares.includes(name.split('@')[0] ?? ''));
  if (own === undefined) return;
  throw usageError(
    'parameter-invalid',
    `--shares searches the weight of every model in every block, ${own.name} among them: leave out --search ${own.name}.`,
  );
}

/**
 * @param blocks that share their weights
 * @param models names of the weights of the models behind B
 * @throws usage errors for a block with bounds of its own, or that is A's or B's as a whole
 */
export function shareDimensions(
  name: string,
  blocks: readonly BlockName[],
  { low, high, isWhole }: { readonly low: number; readonly high: number; readonly isWhole: boolean },
  { intervals, shares = [] }: SpaceSettings,
): SpaceDimension[] {
  if (isWhole) {
    throw usageError(
      'block-not-free',
      `${name} can only be model A's or model B's as a whole here: leave out --block ${name}.`,
    );
  }
  checkShared(name, low, high);
  const box = { low: 0, high: 1, intervals };
  return [
    { name, blocks, ...box, share: { model: 0 } },
    ...shares.map((model, n) => ({
      name: shareName(model, name),
      blocks: [],
      ...box,
      share: { model: n + 1 },
    })),
  ];
}

/** Without bounds of its own, or at model A. @throws usage error `weight-out-of-range` */
export function checkShared(name: string, low: number, high: number): void {
  if ((low === 0 && high === 1) || (low === 0 && high === 0)) return;
  throw usageError(
    'weight-out-of-range',
    `With --shares a block is shared from 0 to 1, or stays model A's: leave out --block ${name}, or give --block ${name}=0.`,
  );
}

interface Shared {
  readonly dimensions: readonly SpaceDimension[];
  readonly shares?: readonly string[] | undefined;
}

/** The named weights of all blocks that are shared out. @param point of the space */
export function sharedWeights({ dimensions, shares = [] }: Shared, point: readonly number[]): BlockWeights {
  const weights: Record<string, number> = {};
  for (const [d, { blocks, share }] of dimensions.entries()) {
    if (share?.model !== 0) continue;
    const [ofB = 0, ...others] = sharesAt(point.slice(d, d + 1 + shares.length));
    for (const block of blocks) {
      weights[block] = ofB;
      for (const [n, model] of shares.entries()) weights[shareName(model, block)] = others[n] ?? 0;
    }
  }
  return weights;
}

/** All names of weights of models behind B. */
export function sharedNames({ dimensions, shares = [] }: Shared): string[] {
  return dimensions.flatMap(({ blocks, share }) =>
    share?.model === 0 ? shares.flatMap((model) => blocks.map((block) => shareName(model, block))) : [],
  );
}

/**
 * The numbers of the dimensions from a first one on that share out blocks.
 * @param ofB the weight of B there
 */
export function sharedPlace(
  { shares = [] }: Shared,
  { blocks }: SpaceDimension,
  ofB: number,
  weights: BlockWeights,
): number[] {
  const meanOf = (model: string): number =>
    blocks.reduce((sum, block) => sum + givenShare(model, block, weights), 0) / blocks.length;
  return placeOf([ofB, ...shares.map(meanOf)]);
}

/** Of the block itself, or by a pattern, or for the whole merge; 0 where nobody has said anything. */
function givenShare(model: string, block: BlockName, weights: BlockWeights): number {
  const patterns = Object.entries(weights).flatMap(([name, weight]) => {
    const [own, pattern = '*'] = name.split('@');
    return own === model && blocksLike(pattern, [block]).length > 0 ? [[pattern, weight] as const] : [];
  });
  return inOrderOfExactness(patterns).at(-1)?.[1] ?? 0;
}
