/** Weights for models that are known: a list of another architecture would be merged into blocks that it is not about. */
import { usageError } from '../shared/errors.ts';
import type { Architecture, BlockName, BlockWeights } from '../architectures/architecture.ts';
import { blocksLike } from '../architectures/block-patterns.ts';
import { architectureRow, blockNames, divisionThat, weighableBlocksOf } from '../architectures/registry.ts';
import { FOLLOWERS } from '../architectures/sd-lists.ts';
import { pickBlocks } from '../space/blocks.ts';
import { everyBlock, matchPatterns, requireBlocks } from './named.ts';
import type { FoundWeights } from './weights-source.ts';

/** @throws usage errors `weights-architecture`, `block-unknown` */
export function fitWeights(found: FoundWeights, architecture: Architecture): FoundWeights {
  const { uniform, named = [], patterns = [], weights } = found;
  const known = blockNames();
  requireBlocks([...named, ...Object.keys(weights).filter((name) => !known.includes(name))], architecture);
  if (architectureRow(architecture).layout !== undefined) requireNames(found, architecture);
  const fitted = fitList(found, architecture);
  if (uniform === undefined && patterns.length === 0) return fitted;
  const uniformly = uniform === undefined ? {} : everyBlock(uniform, architecture);
  return {
    ...fitted,
    weights: {
      ...uniformly,
      ...fitted.weights,
      ...matchPatterns(patterns, architecture),
      ...pick(fitted.weights, named),
    },
  };
}

/** The family as the names divide it: `IN.attention` is one of a kind of layer, `IN04` one in depth. */
export function divisionMeant(
  { weights, patterns = [] }: FoundWeights,
  architecture: Architecture,
): Architecture {
  return divisionThat(
    (blocks) =>
      Object.keys(weights).every((name) => blocks.includes(name)) &&
      patterns.every(([pattern]) => blocksLike(pattern, blocks).length > 0),
    architecture,
  );
}

function pick(weights: BlockWeights, names: readonly BlockName[]): BlockWeights {
  return Object.fromEntries(
    names.flatMap((name) => (weights[name] === undefined ? [] : [[name, weights[name]] as const])),
  );
}

/** Lists of bare numbers are of Stable Diffusion's blocks. @throws usage error `weights-architecture` */
function requireNames({ weights, origin }: FoundWeights, architecture: Architecture): void {
  const own = weighableBlocksOf(architecture);
  if (Object.keys(weights).every((name) => own.includes(name))) return;
  const [example = ''] = own;
  throw usageError(
    'weights-architecture',
    `The weights (${origin}) are for Stable Diffusion, but these models are ${architectureRow(architecture).title}: give one number for every block, or weights by name such as ${example}=0.5.`,
  );
}

function fitList(found: FoundWeights, architecture: Architecture): FoundWeights {
  const { architectures, follows, weights, origin } = found;
  const { shortTitle, lists } = architectureRow(architecture);
  if (architectures?.includes(architecture) === false) {
    const theirs = architectures.map((name) => architectureRow(name).shortTitle).join(' and ');
    throw usageError(
      'weights-architecture',
      `The weights (${origin}) are for ${theirs}, but these models are ${shortTitle}: give a list for these models, 27 numbers in search order or 25 in preset order.`,
    );
  }
  if (follows !== true || lists === undefined || lists.followers === FOLLOWERS || architectures !== undefined)
    return found;
  // Of 26 numbers, those tools leave out what SDXL has not; `out` follows its last block, `time_embed` stays model A's.
  const picked = Object.entries(pickBlocks(weights, architecture)).filter(([name]) => !(name in FOLLOWERS));
  const others = Object.entries(lists.followers).flatMap(([name, leader]) =>
    weights[leader] === undefined ? [] : [[name, weights[leader]] as const],
  );
  return { ...found, weights: Object.fromEntries([...picked, ...others]) };
}

/** What the weights of a merge or of a search say beside the blocks, which is not followed: sentences. */
export function notFollowed({ baseAlpha = 0, vaeWeight = 0 }: FoundWeights): string[] {
  if (baseAlpha === 0 && vaeWeight === 0) return [];
  const parts = [
    ...(baseAlpha === 0 ? [] : [`base alpha ${baseAlpha}`]),
    ...(vaeWeight === 0 ? [] : [`VAE ${vaeWeight}`]),
  ];
  return [
    `The ${parts.join(' and ')} of the weights ${parts.length === 1 ? 'is' : 'are'} left out: text encoder and VAE come from model A, as with 0.`,
  ];
}
