/** What the tests see of tiny-world-data.mjs. */
import type { ImageSearch } from './tiny-world-images.mjs';

export interface Evaluation {
  optimizer: string;
  seed: number;
  weights: number[];
  scores: (number | null)[];
}
export class TinyWorldData {
  constructor(file: string, prompts: readonly string[]);
  evaluations: Evaluation[];
  searches: ImageSearch[];
  allEvaluations(): Evaluation[];
  allSearches(): ImageSearch[];
  bestOf(seed: number): number;
  imagesOf(seed: number): Map<string, (number | null)[]>;
  save(): void;
}
