/** What the tests see of landscapes.mjs. */
export interface Landscape {
  name: string;
  size: number;
  pictures: number;
  truth(x: readonly number[]): number;
  score(x: readonly number[]): number;
  picture(x: readonly number[], picture: number): number;
  gain(value: number): number;
  hasSignal: boolean;
}
export function loadLandscapes(folder: string): Landscape[];
