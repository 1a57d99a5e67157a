/** What the tests see of worlds.mjs. */
export interface World {
  name: string;
  size: number;
  pictures: number;
  picture(weights: readonly number[], picture: number): number;
  scores(weights: readonly number[]): number[];
  truth(weights: readonly number[]): number;
  gain(value: number): number;
  randomMean: number;
  bestKnown: number;
  quality: { points: number; design: number[]; searches: number[]; optimizers: number[] };
}
export function loadWorlds(folder?: string): World[];
export function score(world: World, weights: readonly number[], picture: number): number;
export function meanScore(world: World, weights: readonly number[], count?: number): number;
