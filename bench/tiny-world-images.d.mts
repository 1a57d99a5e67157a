/** What the tests see of tiny-world-images.mjs. */
import type { orderImages } from '../src/allocation/index.ts';
import type { RunState } from '../src/run/run-state.ts';
import type { createSpace } from '../src/space/space.ts';

export interface ImageSearch {
  imagesPerTrial: string;
  seed: number;
  images: number;
  trials: number;
  handed: [images: number, truth: number][];
}
export function imageSearch(
  parts: {
    RunState: typeof RunState;
    orderImages: typeof orderImages;
    createSpace: typeof createSpace;
  },
  options: {
    mode: string;
    seed: number;
    prompts: readonly string[];
    scoresOf: (weights: readonly number[], places: readonly number[]) => Promise<number[]>;
    budget: number;
  },
): Promise<ImageSearch>;
export function imageTable(
  searches: readonly ImageSearch[],
  levelsOf: (seed: number) => [number, number],
): string;
