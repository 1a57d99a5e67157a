/** Weights for models that are known: a list of another architecture would be merged into blocks that it is not about. */
import { usageError } from '../shared/errors.ts';
import { pickBlocks, type Architecture } from '../space/blocks.ts';
import type { FoundWeights } from './weights-source.ts';

const NAMES: Readonly<Record<Architecture, string>> = { sd1: 'SD 1', sd2: 'SD 2', sdxl: 'SDXL' };

/** @throws usage error `weights-architecture` */
export function fitWeights(found: FoundWeights, architecture: Architecture): FoundWeights {
  const { architectures, follows, weights, origin } = found;
  if (architectures?.includes(architecture) === false) {
    const theirs = architectures.map((name) => NAMES[name]).join(' and ');
    throw usageError(
      'weights-architecture',
      `The weights (${origin}) are for ${theirs}, but these models are ${NAMES[architecture]}: give a list for these models, 27 numbers in search order or 25 in preset order.`,
    );
  }
  if (follows !== true || architecture !== 'sdxl' || architectures !== undefined) return found;
  // Of 26 numbers, those tools leave out what SDXL has not; `out` follows its last block, `time_embed` stays model A's.
  const { OUT: _, TIME_EMBED: __, ...picked } = pickBlocks(weights, architecture);
  return { ...found, weights: { ...picked, ...(picked.OUT08 !== undefined && { OUT: picked.OUT08 }) } };
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
