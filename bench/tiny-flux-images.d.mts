/** What the tests see of tiny-flux-images.mjs. */
import type { createScorers } from '../src/score/index.ts';
import type { blockOfKey } from '../src/simulator/models/blocks.ts';
import type { readTensors } from '../src/simulator/models/disk-folder.ts';
import type { interpolate } from '../src/simulator/models/state-dict.ts';
import type { createTinyWorld } from '../src/simulator/worlds/tiny/tiny-world.ts';
import type { BlockWeights } from '../src/types.ts';

export interface DrawingParts {
  createScorers: typeof createScorers;
  blockOfKey: typeof blockOfKey;
  readTensors: typeof readTensors;
  interpolate: typeof interpolate;
  createTinyWorld: typeof createTinyWorld;
  TINY_FLUX: string;
  TINY_WORLD: string;
}

export function openTinyFlux(
  parts: DrawingParts,
  architecture: string,
): Promise<{
  scoresOf(weights: BlockWeights, images: readonly { prompt: string; seed: number }[]): Promise<number[]>;
  close(): Promise<void>;
}>;
