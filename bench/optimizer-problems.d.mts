/** What the tests see of optimizer-problems.mjs. */
export interface Problem {
  name: string;
  group: string;
  dimensions: { name: string; low: number; high: number; intervals: number }[];
  score(x: readonly number[], seed: number): number;
  truth(x: readonly number[]): number;
  gain(value: number): number;
}
export function worldProblems(images: number, folder?: string): Problem[];
export function landscapeProblems(images: number, folder: string): Problem[];
