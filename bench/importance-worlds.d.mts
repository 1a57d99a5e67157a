/** What the tests see of importance-worlds.mjs. */
export interface MadeWorld {
  readonly name: string;
  readonly size: number;
  truth(x: readonly number[]): number;
  picture(x: readonly number[], picture: number): number;
  readonly effects: { readonly first: readonly number[]; readonly total: readonly number[] };
}
export function makeWorlds(seeds: readonly number[], factor?: number): MadeWorld[];
export function trueEffects(
  f: (x: readonly number[]) => number,
  size: number,
  seed?: number,
  count?: number,
): { total: number[]; first: number[]; variance: number };
