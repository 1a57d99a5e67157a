import type { BlockName, BlockWeights } from '../../space/blocks.ts';
import { hashText, randomStream } from '../random.ts';

/** The UNet of a model that is neither the first nor the second: somewhere in the cube, fixed by its name. */
export function weightsOfStranger(name: string, blocks: readonly BlockName[]): BlockWeights {
  const random = randomStream(hashText(`unet|${name}`));
  return Object.fromEntries(blocks.map((block) => [block, random()]));
}
