/** What the tests see of tiny-flux-grid.mjs. */
import type { createOptimizer } from '../src/optimizers/registry.ts';
import type { createSpace, SpaceSettings } from '../src/space/space.ts';

export const ARCHITECTURE: string;
export interface GridMerge {
  values: number[];
  score: number;
  fresh: number;
}
export class TinyFluxGrid {
  space: SpaceSettings;
  everyBlock: SpaceSettings;
  size: number;
  best: GridMerge[];
  uniform: { weight: number; score: number; fresh: number }[];
  bestOfEveryBlock: { weights: number[]; score: number; fresh: number };
  imagesOf(kind: 'search' | 'fresh'): { prompt: string; seed: number }[];
  scoresOf(values: readonly number[]): number[];
  scoreOf(values: readonly number[]): number;
  freshOf(values: readonly number[]): number;
}
export function gridSearch(
  parts: { createOptimizer: typeof createOptimizer; createSpace: typeof createSpace },
  grid: TinyFluxGrid,
  options: { seed: number; evaluations: number; optimizer?: string },
): GridMerge[];
