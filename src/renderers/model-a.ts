/** Searches without a model B: every block stays model A's, and what is searched stands beside the blocks. */
import { blocksOf, type Architecture } from '../space/blocks.ts';
import type { Capabilities } from './renderer.ts';

/** Without the parameters that are searched. */
export function capabilitiesOfModelA(architecture: Architecture): Capabilities {
  return {
    free: [],
    tied: {},
    fixed: Object.fromEntries(blocksOf(architecture).map((name) => [name, 0])),
    range: { low: 0, high: 1 },
    mergesTextEncoder: false,
    savesCheckpoint: false,
  };
}
